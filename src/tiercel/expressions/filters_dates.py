"""Filters on dates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tiercel.expressions.signatures import Filter

FILTERS: Final[Mapping[str, Filter]] = {}
