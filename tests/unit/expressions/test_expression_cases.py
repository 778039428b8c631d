"""The language as it was recorded: cases by hand, and random expressions over two contexts."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tiercel.expressions import ExpressionError, render

DATA = Path(__file__).parents[2] / "data" / "expressions"
CASES: list[list[Any]] = json.loads((DATA / "cases.json").read_text("utf-8"))
RANDOM: dict[str, Any] = json.loads((DATA / "random.json").read_text("utf-8"))

ALLOWED = {"undefined": {"undefined"}, "any": {"syntax", "type", "value"}}


def outcome(template: str, context: dict[str, Any]) -> tuple[str | None, str | None]:
    """The text of a template, or the kind of its error."""
    try:
        return render(template, context), None
    except ExpressionError as error:
        return None, error.kind


@pytest.mark.parametrize("case", CASES, ids=[case[0] for case in CASES])
def test_a_case_gives_its_text_or_error(case: list[Any]) -> None:
    _, template, context, *expected = case
    assert outcome(template, context) == (expected[0], expected[1] if expected[1:] else None)


def agrees(found: tuple[str | None, str | None], expected: list[str | None]) -> bool:
    """Whether an outcome is the recorded one; ``any`` stands for all kinds but ``undefined``."""
    if len(expected) == 1:
        return found == (expected[0], None)
    return found[1] in ALLOWED[str(expected[1])]


@pytest.mark.parametrize("name", RANDOM["contexts"])
def test_random_expressions_agree(
    name: str, record_property: Callable[[str, object], None]
) -> None:
    context = RANDOM["contexts"][name]
    cases = [case[1:] for case in RANDOM["cases"] if case[0] == name]
    wrong = [
        (template, expected, outcome(template, context))
        for template, *expected in cases
        if not agrees(outcome(template, context), expected)
    ]
    record_property("cases", len(cases))
    record_property("agree", len(cases) - len(wrong))
    assert len(cases) > 800
    assert wrong == []
