"""The description of the API names what there is."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tiercel.web.app import create_app

DOCS = Path(__file__).parents[3] / "docs" / "api.md"


@pytest.fixture(scope="module")
def description() -> dict[str, Any]:
    """The OpenAPI document; nothing of a node is needed for it."""
    return create_app(cast("Any", SimpleNamespace())).openapi()


def test_every_route_is_documented(description: dict[str, Any]) -> None:
    text = DOCS.read_text()
    missing = []
    for path in description["paths"]:
        words = [part for part in path.split("/") if part and "{" not in part]
        if words and not re.search(rf"\b{re.escape(words[-1])}", text):
            missing.append(path)
    assert missing == []


def test_every_route_says_what_it_does(description: dict[str, Any]) -> None:
    silent = [
        (method, path)
        for path, operations in description["paths"].items()
        for method, operation in operations.items()
        if not operation.get("description")
    ]
    assert silent == []


def test_operations_have_names_of_their_own(description: dict[str, Any]) -> None:
    names = [
        operation["operationId"]
        for operations in description["paths"].values()
        for operation in operations.values()
    ]
    assert len(names) == len(set(names))
