"""JSON schemas of plugin types."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tiercel.plugin.registry import Registry
from tiercel.plugin.schema import plugin_schema
from tiercel.plugins.index import BUILTIN


@pytest.fixture(scope="module")
def registry() -> Registry:
    return Registry.builtin(use_entry_points=False)


def references(value: Any) -> set[str]:
    found: set[str] = set()
    if isinstance(value, dict):
        if "$ref" in value:
            found.add(value["$ref"].removeprefix("#/$defs/"))
        for child in value.values():
            found |= references(child)
    elif isinstance(value, list):
        for child in value:
            found |= references(child)
    return found


@pytest.mark.parametrize("type_name", sorted(BUILTIN))
def test_every_type_has_a_schema_without_loose_ends(registry: Registry, type_name: str) -> None:
    schema = plugin_schema(registry, type_name)
    json.dumps(schema)
    assert references(schema) <= schema["$defs"].keys()
    assert schema["properties"]["type"]["enum"][0] == type_name
    assert schema["title"]


def test_own_and_common_properties_are_there(registry: Registry) -> None:
    schema = plugin_schema(registry, "core.log.Log")
    assert schema["required"] == ["id", "type", "message"]
    assert {"retry", "timeout", "runIf", "allowFailure"} <= schema["properties"].keys()
    assert "errors" not in schema["properties"]
    assert schema["additionalProperties"] is False


def test_whatever_is_not_text_may_be_a_template(registry: Registry) -> None:
    properties = plugin_schema(registry, "core.flow.Parallel")["properties"]
    kinds = [arm["type"] for arm in properties["concurrent"]["anyOf"]]
    assert kinds == ["integer", "string"]
    assert properties["concurrent"]["default"] == 0


def test_children_are_tasks(registry: Registry) -> None:
    properties = plugin_schema(registry, "core.flow.Switch")["properties"]
    items = properties["cases"]["additionalProperties"]["items"]
    assert items["required"] == ["id", "type"]
    assert properties["errors"]["items"] == items


def test_nested_plugins_name_the_types_that_fit(registry: Registry) -> None:
    schema = plugin_schema(registry, "scripts.shell.Commands")
    runner = schema["$defs"]["TaskRunner"]["properties"]["type"]
    assert "io.kestra.plugin.core.runner.Process" in runner["examples"]
    trigger = plugin_schema(registry, "core.trigger.Schedule")
    condition = trigger["$defs"]["Condition"]["properties"]["type"]
    assert "io.kestra.plugin.core.condition.Weekend" in condition["examples"]


def test_older_names_of_properties_are_marked(registry: Registry) -> None:
    properties = plugin_schema(registry, "core.flow.Pause")["properties"]
    assert properties["delay"]["deprecated"] is True
    assert "deprecated" not in properties["pauseDuration"]
