"""All filters, functions and tests by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from tiercel.expressions import (
    filters_collections,
    filters_data,
    filters_dates,
    filters_numbers,
    filters_text,
    functions,
    functions_days,
    functions_random,
    functions_services,
    predicates,
)
from tiercel.expressions.signatures import Filter, Function

FILTERS: Final[Mapping[str, Filter]] = {
    **filters_text.FILTERS,
    **filters_numbers.FILTERS,
    **filters_collections.FILTERS,
    **filters_data.FILTERS,
    **filters_dates.FILTERS,
}
FUNCTIONS: Final[Mapping[str, Function]] = {
    **functions.FUNCTIONS,
    **filters_data.FUNCTIONS,
    **filters_dates.FUNCTIONS,
    **functions_days.FUNCTIONS,
    **functions_random.FUNCTIONS,
    **functions_services.FUNCTIONS,
}
TESTS: Final[Mapping[str, Callable[[object], bool]]] = predicates.TESTS

RENDERERS: Final = frozenset({"render", "renderOnce"})
"""Functions that do not exist where every render repeats by itself."""
