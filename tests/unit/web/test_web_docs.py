"""The description of the API names what there is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tiercel.web import resources
from tiercel.web.app import create_app
from tiercel.web.description import ANSWERS, BODIES, example_of
from tiercel.web.docs import written

DOCS = Path(__file__).parents[3] / "docs" / "api.md"
SOURCES = Path(resources.__file__).parent
FILTERED_ONLY = {"kind", "triggerState"}
"""Fields that no classic parameter selects by."""


@pytest.fixture(scope="module")
def description() -> dict[str, Any]:
    """The OpenAPI document; nothing of a node is needed for it."""
    return create_app(cast("Any", SimpleNamespace())).openapi()


def test_the_list_of_requests_is_up_to_date() -> None:
    text = DOCS.read_text()
    assert written(text) == text, "run: python -m tiercel.web.docs docs/api.md"


def operations(description: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def test_every_body_has_an_example(description: dict[str, Any]) -> None:
    silent = [
        (method, path)
        for method, path, operation in operations(description)
        if method in ("POST", "PUT", "PATCH")
        and "requestBody" not in operation
        and not any(
            re.fullmatch(pattern, f"{method} {path}") and not kind for pattern, (kind, _) in BODIES
        )
    ]
    assert silent == []


def test_every_answer_has_an_example_and_refusals_a_form(description: dict[str, Any]) -> None:
    for method, path, operation in operations(description):
        refusal = operation["responses"]["4XX"]["content"]["application/json"]
        assert refusal["schema"] == {"$ref": "#/components/schemas/Error"}
        [success] = [value for code, value in operation["responses"].items() if code[0] == "2"]
        for content in success.get("content", {}).values():
            assert "example" in content, (method, path)
        for name in re.findall(r"\{(\w+)(?::path)?\}", path):
            places = [item["in"] for item in operation["parameters"] if item["name"] == name]
            assert places == ["path"], (method, path, name)


def test_most_answers_are_told(description: dict[str, Any]) -> None:
    untold = [
        path
        for method, path, _ in operations(description)
        if example_of(ANSWERS, method, path) == ("application/json", {})
    ]
    assert len(untold) < 45, untold


def test_searches_name_their_parameters(description: dict[str, Any]) -> None:
    parameters = description["paths"]["/api/v1/executions/search"]["get"]["parameters"]
    names = {item["name"] for item in parameters}
    assert names >= {"page", "size", "sort", "q", "filters[namespace][PREFIX]"}


def test_every_parameter_says_what_it_means_with_an_example(description: dict[str, Any]) -> None:
    silent = [
        (method, path, item["name"])
        for method, path, operation in operations(description)
        for item in operation.get("parameters", ())
        if not item.get("description") or "example" not in item
    ]
    assert silent == []


def test_what_routes_read_from_queries_themselves_is_told(description: dict[str, Any]) -> None:
    reads = r'(?:query_params\.get|getlist|several|_flag)\([^"()]*"(\w+)"'
    texts = [file.read_text() for file in SOURCES.glob("*.py")]
    read = {name for text in texts for name in re.findall(reads, text)}
    told = {
        item["name"]
        for _, _, operation in operations(description)
        for item in operation.get("parameters", ())
    }
    assert len(read) > 10
    assert read <= told


def test_every_list_names_the_fields_it_is_searched_by(description: dict[str, Any]) -> None:
    for kind in ("executions", "flows", "logs", "triggers", "templates"):
        found = description["paths"][f"/api/v1/{kind}/search"]["get"]["parameters"]
        names = {item["name"] for item in found}
        fields = set(getattr(resources, kind.upper()).fields) - FILTERED_ONLY
        assert {"minLevel" if name == "level" else name for name in fields} <= names


def test_what_the_description_refers_to_is_in_it(description: dict[str, Any]) -> None:
    wanted = set(re.findall(r'"\$ref": "#/components/schemas/(\w+)"', json.dumps(description)))
    assert wanted <= set(description["components"]["schemas"])


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
