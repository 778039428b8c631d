"""777 flows with the verdict of the original: each is a valid flow with one thing changed.

A line of ``cases.jsonl`` is ``[flow, is_valid, what was changed and where, edits]``; an edit
replaces lines ``first`` to ``last`` (not included, from 0) of the flow by a text.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tiercel.check import parse_flow
from tiercel.model.problems import InvalidFlowError, Problem
from tiercel.plugin.registry import Registry

FOLDER = Path(__file__).parents[2] / "data" / "validation"
FLOWS = ("approval", "child", "flaky", "orders", "rich_inputs")


def cases() -> list[tuple[str, bool, str]]:
    sources = {name: (FOLDER / f"{name}.yaml").read_text() for name in FLOWS}
    found = []
    for line in (FOLDER / "cases.jsonl").read_text().splitlines():
        flow, is_valid, what, edits = json.loads(line)
        lines = sources[FLOWS[flow]].splitlines(keepends=True)
        for first, last, text in reversed(edits):
            lines[first:last] = [text]
        found.append(("".join(lines), is_valid, f"{FLOWS[flow]} {what}"))
    return found


def verdict(source: str, registry: Registry) -> tuple[bool, tuple[Problem, ...]]:
    try:
        parse_flow(source, registry)
    except InvalidFlowError as error:
        return False, error.problems
    return True, ()


@pytest.mark.parametrize("name", FLOWS)
def test_verdicts_agree_with_the_original(
    registry: Registry, name: str, record_property: Callable[[str, object], None]
) -> None:
    wrong = []
    seen = 0
    for source, is_valid, what in cases():
        if not what.startswith(f"{name} "):
            continue
        seen += 1
        accepted, problems = verdict(source, registry)
        assert all(problem.line and problem.message for problem in problems), what
        if accepted is not is_valid:
            wrong.append(what)
    record_property("cases", seen)
    record_property("agree", seen - len(wrong))
    assert wrong == []


def test_there_are_as_many_cases_as_there_were() -> None:
    assert len(cases()) == 777
