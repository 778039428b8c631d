"""Schemas for editors: what completion and hover know of a flow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tiercel.model.inputs import INPUT_CLASSES, InputType
from tiercel.plugin.fields import properties_of
from tiercel.plugin.registry import Registry
from tiercel.services.flow_schemas import input_class
from tiercel.services.plugin_docs import PluginDocs

FLOW = "io.kestra.core.models.flows.Flow"
SHELL = "io.kestra.plugin.scripts.shell.Commands"
DOCKER = "io.kestra.plugin.scripts.runner.docker.Docker"


@pytest.fixture(scope="module")
def docs() -> PluginDocs:
    return PluginDocs(Registry.builtin(use_entry_points=False))


@pytest.fixture(scope="module")
def definitions(docs: PluginDocs) -> dict[str, Any]:
    found: dict[str, Any] = docs.schema("flow")["definitions"]
    return found


def name_of(reference: str) -> str:
    return reference.removeprefix("#/definitions/")


def choices(shape: dict[str, Any]) -> dict[str, str]:
    """Return the definitions that types lead to, by type."""
    return {
        type_name: name_of(arm["then"]["$ref"])
        for arm in shape["allOf"]
        for type_name in arm["if"]["properties"]["type"]["enum"]
    }


def untold(schema: Any, path: str) -> Iterator[str]:
    if isinstance(schema, list):
        for item in schema:
            yield from untold(item, path)
    elif isinstance(schema, dict):
        for name, value in schema.get("properties", {}).items():
            told = value.get("markdownDescription") or value.get("description")
            if not str(told or "").strip():
                yield f"{path}.{name}"
        for key, value in schema.items():
            if key != "if":
                yield from untold(value, path)


def test_every_property_of_every_definition_is_described(definitions: dict[str, Any]) -> None:
    missing = [place for name, shape in definitions.items() for place in untold(shape, name)]
    assert missing == []


def test_a_task_inside_another_is_known_by_its_type(definitions: dict[str, Any]) -> None:
    tasks = definitions["io.kestra.plugin.core.flow.Parallel"]["properties"]["tasks"]
    known = choices(definitions[name_of(tasks["items"]["$ref"])])
    assert known[SHELL] == SHELL
    assert known["io.kestra.core.tasks.flows.If"] == "io.kestra.plugin.core.flow.If"
    assert set(known.values()) <= definitions.keys()
    branch = definitions["io.kestra.plugin.core.flow.Dag"]["properties"]["tasks"]["items"]
    assert branch["properties"]["task"]["$ref"] == tasks["items"]["$ref"]


def test_a_task_runner_and_a_condition_are_known_by_their_types(
    definitions: dict[str, Any],
) -> None:
    runner = definitions[SHELL]["properties"]["taskRunner"]["anyOf"][0]["$ref"]
    assert choices(definitions[name_of(runner)])[DOCKER] == DOCKER
    schedule = definitions["io.kestra.plugin.core.trigger.Schedule"]["properties"]
    condition = name_of(schedule["conditions"]["items"]["$ref"])
    assert "io.kestra.plugin.core.condition.Weekend" in choices(definitions[condition])


def test_what_several_types_have_is_defined_once(definitions: dict[str, Any]) -> None:
    named = [name for name in definitions if name.endswith("-CommonTaskCache")]
    assert len(named) == 1


def test_the_properties_of_an_input_are_those_of_its_class(definitions: dict[str, Any]) -> None:
    for kind in InputType:
        shown = definitions[input_class(kind.value)]["properties"]
        assert shown.keys() == properties_of(INPUT_CLASSES[kind]).keys()
        assert shown["type"]["const"] == kind.value


def test_a_flow_knows_its_retries_by_their_type(definitions: dict[str, Any]) -> None:
    forms = definitions[FLOW]["properties"]["retry"]["anyOf"]
    needed = {form["properties"]["type"]["const"]: form["required"] for form in forms}
    assert needed["random"] == ["type", "minInterval", "maxInterval"]


def test_inputs_of_a_pause_are_those_of_flows(definitions: dict[str, Any]) -> None:
    items = definitions["io.kestra.plugin.core.flow.Pause"]["properties"]["onResume"]["items"]
    assert {name_of(arm["$ref"]) for arm in items["oneOf"]} == {
        input_class(kind.value) for kind in InputType
    }


def test_pages_of_types_and_inputs_say_what_properties_do(docs: PluginDocs) -> None:
    shell = docs.document(SHELL)
    assert "- **`containerImage`**: Image that the commands run in" in shell["markdown"]
    assert "- **`commands`** (required): Shell commands" in shell["markdown"]
    runner = docs.document(DOCKER)
    assert runner["schema"]["definitions"]["Credentials"]["properties"]["password"]["description"]
    assert " See `Credentials`." in runner["markdown"]
    assert "### Credentials" in runner["markdown"]
    assert "- **`username`**: User name." in runner["markdown"]
    assert "Retry" not in runner["markdown"]
    assert "- `validator`: Regular expression" in docs.input_document("STRING")["markdown"]
