"""Filters between values and data formats."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tiercel.expressions.environment import Environment
from tiercel.expressions.signatures import Filter
from tiercel.expressions.values import json_text


def _json(run: Environment, value: object) -> str:
    return json_text(value)


FILTERS: Final[Mapping[str, Filter]] = {
    "json": Filter(_json, takes_null=True),
    "toJson": Filter(_json, takes_null=True),
}
