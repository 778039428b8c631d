"""A registry with everything that ships, and helpers to parse."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tiercel.check import ParsedFlow, parse_flow
from tiercel.model.problems import InvalidFlowError, Problem
from tiercel.plugin.registry import Registry


@pytest.fixture(scope="session")
def registry() -> Registry:
    """All types that ship."""
    return Registry.builtin(use_entry_points=False)


@pytest.fixture(scope="session")
def parse(registry: Registry) -> Callable[[str], ParsedFlow]:
    """Parse a source that must be valid."""
    return lambda source: parse_flow(source, registry)


@pytest.fixture(scope="session")
def refused(registry: Registry) -> Callable[[str], tuple[Problem, ...]]:
    """Give the problems of a source that must be refused."""

    def parse(source: str) -> tuple[Problem, ...]:
        with pytest.raises(InvalidFlowError) as caught:
            parse_flow(source, registry)
        return caught.value.problems

    return parse
