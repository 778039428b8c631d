"""A type whose package is not installed says at validation what to install."""

from __future__ import annotations

import sys

import pytest

from tiercel.check import parse_flow
from tiercel.model.problems import InvalidFlowError
from tiercel.plugin.index import Role
from tiercel.plugin.registry import PluginUnavailableError, Registry
from tiercel.plugins.index import BUILTIN

KNOWN = Registry.builtin(use_entry_points=False)
NEEDING = [
    (name, package, extra)
    for name, entry in BUILTIN.items()
    if entry.role is Role.TASK
    for package, extra in KNOWN.load(name).requires.items()
]


@pytest.mark.parametrize(("name", "package", "extra"), NEEDING)
def test_what_to_install_is_said_when_the_flow_is_checked(
    name: str, package: str, extra: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(sys.modules, package, None)
    registry = Registry.builtin(use_entry_points=False)
    source = f"id: f\nnamespace: n\ntasks:\n  - id: t\n    type: {name}\n"
    with pytest.raises(InvalidFlowError) as caught:
        parse_flow(source, registry)
    hints = [problem.hint for problem in caught.value.problems]
    assert f"pip install 'tiercel[{extra}]'" in hints
    with pytest.raises(PluginUnavailableError, match=f"needs the package `{package}`"):
        registry.load(name)


def test_several_extras_are_needed_somewhere():
    assert {"avro", "duckdb", "excel", "mysql", "parquet"} <= {extra for *_, extra in NEEDING}
