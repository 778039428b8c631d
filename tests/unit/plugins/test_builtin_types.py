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
    pytest.param(info.role, text, id=f"{info.type_name}: {caption}")
    for info in TYPES
    if info.role in (Role.TASK, Role.TRIGGER)
    for caption, text in REGISTRY.load(info.type_name).examples
]


@pytest.mark.parametrize(("role", "text"), EXAMPLES)
def test_examples_are_valid(role: Role, text: str) -> None:
    task = {"id": "say", "type": "io.kestra.plugin.core.log.Log", "message": "hello"}
    example = yaml.safe_load(text)
    parts = {"tasks": [example]} if role is Role.TASK else {"tasks": [task], "triggers": [example]}
    parse_flow(yaml.safe_dump({"id": "example", "namespace": "tests", **parts}), REGISTRY)
