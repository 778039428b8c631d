from __future__ import annotations

import pytest

from tiercel.plugin.index import Role
from tiercel.plugin.registry import Registry
from tiercel.plugin.task import AsWritten
from tiercel.plugins.scripts.base import ScriptTask

REGISTRY = Registry.builtin(use_entry_points=False)
TYPES = [
    info.type_name
    for info in REGISTRY.types()
    if info.type_name.startswith("io.kestra.plugin.scripts.") and info.role is Role.TASK
]


@pytest.mark.parametrize("type_name", TYPES)
def test_what_needs_the_working_directory_is_rendered_by_the_task(type_name: str):
    task = REGISTRY.load(type_name)
    assert issubclass(task, ScriptTask)
    assert task.type_name == type_name
    as_written = {
        field.alias or name
        for name, field in task.model_fields.items()
        if any(isinstance(mark, AsWritten) for mark in field.metadata)
    }
    main = type_name.rpartition(".")[2].lower()
    assert as_written == {main, "beforeCommands", "env", "inputFiles"}


def test_languages_are_listed():
    assert len(TYPES) >= 28
