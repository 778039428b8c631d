"""What types declare of their outputs is what their text says, and becomes a schema."""

from __future__ import annotations

import json
import re

import pytest

from tiercel.plugin.index import Role
from tiercel.plugin.outputs import output_properties
from tiercel.plugin.registry import Registry
from tiercel.plugins.index import BUILTIN

REGISTRY = Registry.builtin(use_entry_points=False)
TYPES = [name for name, entry in BUILTIN.items() if entry.role in (Role.TASK, Role.TRIGGER)]
NONE_AT_ALL = re.compile(
    r"core\.(log\.Log|debug\.Echo|execution\.(Assert|Exit|Fail|Kill|Labels|Resume|(Uns|S)etVariables)"
    r"|flow\.(AllowFailure|Dag|Each\w+|ForEach|ForEachItem|Parallel|Sequential|Sleep)"
    r"|kv\.(Set|Put)|namespace\.(Delete|Upload)Files|templating\.TemplatedTask|trigger\.\w+)$"
    r"|notifications\.(?!sendgrid)|docker\.cli\.(Prune|Pull|Push|Rm|Stop|Tag)$|git\.Sync$"
    r"|gcs\.DeleteBucket$"
)


@pytest.mark.parametrize("name", TYPES)
def test_outputs_are_declared_with_their_types(name: str):
    plugin = REGISTRY.load(name)
    assert bool(plugin.output_types) is (NONE_AT_ALL.search(name) is None)
    shown = output_properties(plugin)
    assert list(shown) == sorted(plugin.output_types)
    said = re.search(r"Outputs?: (.*?)\.(?:\s|$)", plugin.__doc__ or "", re.DOTALL)
    names = re.findall(r"``(\w+)``", said[1]) if said else []
    assert [found for found in names if f'"{found}"' not in json.dumps(shown)] == []


def test_files_are_told_from_other_texts():
    shown = output_properties(REGISTRY.load("io.kestra.plugin.core.http.Download"))
    assert shown["uri"]["format"] == "uri"
    assert shown["code"] == {"type": "integer"}
    assert shown["headers"]["additionalProperties"]["type"] == "array"
