"""What editors are told of dashboards is what the server takes."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest

from tiercel.model.problems import InvalidFlowError
from tiercel.services.chart_fields import CHART, CHART_TYPES, DATA, FIELDS, KPI
from tiercel.services.dashboard_schema import dashboard_definitions
from tiercel.services.dashboards import Dashboards

DEFINITIONS = dashboard_definitions("root")
KINDS = [name.removeprefix(DATA) for name in DEFINITIONS if name.startswith(DATA)]
DASHBOARDS = Dashboards(cast("Any", None))
"""Checks need no store."""


def accepts(chart: dict[str, Any]) -> bool:
    try:
        DASHBOARDS.parse_chart(json.dumps(chart))
    except InvalidFlowError:
        return False
    return True


def column_of(kind: str) -> dict[str, Any]:
    columns = DEFINITIONS[DATA + kind]["properties"]["columns"]
    found: dict[str, Any] = columns if kind.endswith(KPI) else columns["additionalProperties"]
    return found


def chart(kind: str, column: dict[str, Any], name: str = "Table") -> dict[str, Any]:
    if kind.endswith(KPI):
        return {"id": "a", "type": f"{CHART}KPI", "data": {"type": DATA + kind, "columns": column}}
    data = {"type": DATA + kind, "columns": {"x": column}}
    return {"id": "a", "type": CHART + name, "data": data}


@pytest.mark.parametrize("kind", KINDS)
def test_fields_and_aggregates_of_the_schema_are_accepted(kind: str) -> None:
    properties = column_of(kind)["properties"]
    for field in properties["field"]["enum"]:
        for aggregate in properties["agg"]["enum"]:
            assert accepts(chart(kind, {"field": field, "agg": aggregate}))
    assert not accepts(chart(kind, {"field": "NOPE", "agg": "MAX"}))
    assert not accepts(chart(kind, {"field": "ID", "agg": "NOPE"}))
    assert not accepts(chart(kind, {"field": ["ID"], "agg": ["MAX"]}))


def test_each_kind_of_data_has_its_own_fields() -> None:
    offered = {kind: column_of(kind)["properties"]["field"]["enum"] for kind in KINDS}
    assert offered.keys() >= FIELDS.keys()
    for kind, fields in offered.items():
        assert fields == list(FIELDS[kind.removesuffix(KPI)][2])


def test_charts_are_those_that_are_accepted() -> None:
    found = DEFINITIONS["root"]["properties"]["charts"]["items"]["oneOf"]
    assert [item["$ref"].removeprefix(f"#/definitions/{CHART}") for item in found] == [*CHART_TYPES]
    for name in CHART_TYPES:
        of_data = DEFINITIONS[CHART + name]["properties"].get("data", {"oneOf": []})["oneOf"]
        for item in of_data:
            kind = item["$ref"].removeprefix(f"#/definitions/{DATA}")
            assert accepts(chart(kind, {"field": "NAMESPACE", "agg": "COUNT"}, name))
    assert accepts({"id": "a", "type": f"{CHART}Markdown", "content": "x"})


def test_what_is_required_is_missed() -> None:
    whole = chart("Logs", {"field": "LEVEL"})
    for name in DEFINITIONS[f"{CHART}Table"]["required"]:
        assert not accepts({key: value for key, value in whole.items() if key != name})
    assert DEFINITIONS["root"]["required"] == ["title"]
    with pytest.raises(InvalidFlowError):
        DASHBOARDS.parse("charts: []")
