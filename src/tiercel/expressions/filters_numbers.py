"""Filters on numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tiercel.expressions.environment import Environment
from tiercel.expressions.operators import negative
from tiercel.expressions.signatures import Filter, wrong_input
from tiercel.expressions.values import is_number


def _abs(run: Environment, value: object) -> object:
    if not is_number(value):
        raise wrong_input("abs", "a number", value)
    return negative(value) if value < 0 or str(value) == "-0.0" else value  # type: ignore[operator]


FILTERS: Final[Mapping[str, Filter]] = {
    "abs": Filter(_abs, takes_null=True),
}
