"""Every type that ships: it can be imported, tells what it is for, and its examples are right."""

from __future__ import annotations

import pytest
import yaml

from tiercel.check import parse_flow
from tiercel.plugin.index import Role
from tiercel.plugin.registry import Registry, TypeInfo
from tiercel.plugins.index import BUILTIN

REGISTRY = Registry.builtin(use_entry_points=False)
TYPES = [info for info in REGISTRY.types() if info.type_name in BUILTIN]


@pytest.mark.parametrize("info", TYPES, ids=lambda info: info.type_name)
def test_a_type_is_what_the_index_says(info: TypeInfo) -> None:
    plugin = REGISTRY.load(info.type_name)
    assert plugin.type_name == info.type_name
    assert set(plugin.aliases) == set(info.aliases)
    assert plugin.__doc__
    assert plugin.title


EXAMPLES = [
    (f"{info.type_name}: {caption}", text)
    for info in TYPES
    if info.role is Role.TASK
    for caption, text in REGISTRY.load(info.type_name).examples
]


@pytest.mark.parametrize("text", [text for _, text in EXAMPLES], ids=[name for name, _ in EXAMPLES])
def test_examples_of_tasks_are_valid(text: str) -> None:
    flow = {"id": "example", "namespace": "tests", "tasks": [yaml.safe_load(text)]}
    parse_flow(yaml.safe_dump(flow), REGISTRY)
