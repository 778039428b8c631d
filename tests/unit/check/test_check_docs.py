"""The page about flows: its examples are valid, and it leaves nothing out."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from tiercel.check import ParsedFlow
from tiercel.check.flow import PROPERTIES
from tiercel.model.inputs import INPUT_CLASSES
from tiercel.plugin.common import RETRIES, CommonTask, CommonTrigger
from tiercel.plugin.fields import properties_of
from tiercel.plugins.index import BUILTIN

PAGE = (Path(__file__).parents[3] / "docs" / "flow.md").read_text()
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
HEAD = "id: example\nnamespace: company.team\n"
TASKS = "tasks:\n  - {id: task, type: core.debug.Return}\n"


def whole(example: str) -> str:
    """Make a flow of an example that shows a part of one."""
    if example.startswith("id:"):
        return example
    if example.startswith("- id:"):
        return HEAD + "tasks:\n" + textwrap.indent(example, "  ")
    return HEAD + example + ("" if "tasks:" in example else TASKS)


@pytest.mark.parametrize("example", EXAMPLES, ids=[text.split("\n")[0] for text in EXAMPLES])
def test_examples_are_valid(parse: Callable[[str], ParsedFlow], example: str) -> None:
    assert parse(whole(example)).warnings == ()


def words() -> set[str]:
    return set(re.findall(r"[\w@-]+", PAGE))


def test_every_property_of_a_flow_is_documented() -> None:
    assert set(PROPERTIES) <= words()


def test_every_property_of_inputs_is_documented() -> None:
    names = {name for model in INPUT_CLASSES.values() for name in properties_of(model)}
    assert names | {str(kind) for kind in INPUT_CLASSES} <= words()


@pytest.mark.parametrize("model", [CommonTask, CommonTrigger, *RETRIES.values()])
def test_every_common_property_is_documented(model: type) -> None:
    assert set(properties_of(model)) - {"version"} <= words()


def test_every_type_of_the_core_that_shapes_a_flow_is_documented() -> None:
    shown = {
        name.rpartition(".")[2]
        for name in BUILTIN
        if "$" not in name and re.search(r"\.core\.(flow|trigger|condition)\.", name)
    }
    assert shown - {"Sleep", "FlowCondition", "FlowNamespaceCondition"} <= words()
