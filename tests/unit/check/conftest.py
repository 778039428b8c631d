"""A registry with everything that ships, and helpers to parse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import pytest

from tiercel.check import ParsedFlow, parse_flow
from tiercel.model.problems import InvalidFlowError, Problem
from tiercel.plugin.properties import Text, TextMap
from tiercel.plugin.registry import Registry
from tiercel.plugin.task import RunnableTask


class HttpRequest(RunnableTask):
    """Stands for a task type of another package."""

    type_name = "io.kestra.plugin.core.http.Request"
    title = "Call an address."

    uri: Text
    method: Literal["GET", "POST", "PUT", "DELETE"] = "GET"
    headers: TextMap | None = None
    body: Text | None = None


@pytest.fixture(scope="session")
def registry() -> Registry:
    """All types, and one of another package."""
    registry = Registry.builtin(use_entry_points=False)
    if registry.find(HttpRequest.type_name) is None:
        registry.register(HttpRequest)
    return registry


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
