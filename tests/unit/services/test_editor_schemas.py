"""Schemas for editors: what completion and hover know of a flow."""

from __future__ import annotations

import json
import re
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
WEEKEND = "io.kestra.plugin.core.condition.Weekend"
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


def chosen(shape: dict[str, Any], type_name: str) -> list[str]:
    """Return the definitions that a type leads to."""
    found = []
    for arm in shape["allOf"]:
        kind = arm["if"]["properties"]["type"]
        if kind.get("const") == type_name or re.search(kind.get("pattern", "$^"), type_name):
            found.append(name_of(arm["then"]["$ref"]))
    return found


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
    anything = definitions[name_of(tasks["items"]["$ref"])]
    assert chosen(anything, SHELL) == [SHELL]
    assert chosen(anything, "io.kestra.core.tasks.flows.If") == ["io.kestra.plugin.core.flow.If"]
    branch = definitions["io.kestra.plugin.core.flow.Dag"]["properties"]["tasks"]["items"]
    assert branch["properties"]["task"]["$ref"] == tasks["items"]["$ref"]


def test_a_task_runner_and_a_condition_are_known_by_their_types(
    definitions: dict[str, Any],
) -> None:
    runner = definitions[SHELL]["properties"]["taskRunner"]["anyOf"][0]["$ref"]
    assert chosen(definitions[name_of(runner)], DOCKER) == [DOCKER]
    schedule = definitions["io.kestra.plugin.core.trigger.Schedule"]["properties"]
    condition = name_of(schedule["conditions"]["items"]["$ref"])
    assert chosen(definitions[condition], WEEKEND) == [WEEKEND]


def test_what_is_said_of_a_property_comes_before_what_is_said_of_its_values(
    definitions: dict[str, Any],
) -> None:
    policy = definitions[DOCKER]["properties"]["pullPolicy"]
    named, template = policy["anyOf"]
    assert named["markdownDescription"] == policy["markdownDescription"]
    assert policy["markdownDescription"].endswith('Default value is : `"IF_NOT_PRESENT"`')
    assert "description" not in template


def test_a_property_is_its_own_title(definitions: dict[str, Any]) -> None:
    assert definitions[SHELL]["properties"]["containerImage"]["title"] == "containerImage"
    options = next(shape for name, shape in definitions.items() if name.endswith("-Options"))
    assert options["properties"]["followRedirects"]["title"] == "followRedirects"


def test_references_lead_somewhere(definitions: dict[str, Any]) -> None:
    named = set(re.findall(r'"#/definitions/([^"]+)"', json.dumps(definitions)))
    assert named <= definitions.keys()


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


def test_the_type_of_a_retry_tells_its_form(definitions: dict[str, Any]) -> None:
    arms = definitions[SHELL]["properties"]["retry"]["anyOf"]
    shapes = [definitions[name_of(arm["$ref"])] for arm in arms]
    kinds = [shape["properties"]["type"]["const"] for shape in shapes]
    assert kinds == ["constant", "exponential", "random"]
