"""What templates of a flow can read."""

from __future__ import annotations

from tiercel.services.written import usable_expressions

FLOW = {
    "id": "f",
    "namespace": "n",
    "inputs": [{"id": "day", "type": "DATE"}],
    "variables": {"table": "trips"},
    "labels": {"team": "web"},
    "triggers": [{"id": "t"}],
    "tasks": [{"id": "a", "type": "x"}, {"id": "b", "type": "x"}],
}


def test_a_task_reads_what_stands_before_it():
    found = usable_expressions(FLOW, "b")
    assert {"inputs.day", "vars.table", "labels.team", "trigger", "outputs.a"} <= set(found)
    assert "outputs.b" not in found
    assert {"outputs.a", "outputs.b"} <= set(usable_expressions(FLOW))
