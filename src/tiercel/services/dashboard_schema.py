"""JSON schema of dashboards, out of the same tables that they are checked and asked by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tiercel.services.chart_fields import (
    AGGREGATES,
    CHART,
    CHART_TYPES,
    DATA,
    FIELDS,
    FILTERS,
    KPI,
    WITH_KPI,
)

_Schema = Mapping[str, Any]

STYLES = ("LINES", "BARS", "POINTS")
_WIDEST = 12


def dashboard_definitions(root: str) -> dict[str, Any]:
    """Return the definitions of dashboards, of their charts and of the data of those, by name.

    Args:
        root: Name of the definition of a dashboard.
    """
    charts = [CHART + name for name in CHART_TYPES]
    window = {
        "default": _text("What it shows at first, for instance P30D."),
        "max": _text("What it shows at most, up to P366D."),
    }
    dashboard = {
        "id": _text("Part of its address, which stays. The server makes one when there is none."),
        "title": _text("How the dashboard is called."),
        "description": _text("A line below the title."),
        "timeWindow": _map(window, told="Which time it is about."),
        "charts": _list(_one_of(charts), "What it shows, in this order."),
    }
    return {
        root: _map(dashboard, ["title"]),
        **{CHART + name: _chart(name) for name in CHART_TYPES},
        **{DATA + kind: _data(DATA + kind, kind) for kind in FIELDS},
        **{DATA + kind + KPI: _number(DATA + kind + KPI, kind) for kind in sorted(WITH_KPI)},
    }


def _chart(name: str) -> dict[str, Any]:
    properties = {
        "id": _text("Name of the chart, the only one in this dashboard."),
        "type": {"const": CHART + name, "description": "How it is shown."},
        "chartOptions": _map({**_OPTIONS, **_OPTIONS_OF[name]}, told="How it looks."),
    }
    if name == "Markdown":
        return _map({**properties, **_WORDS}, ["id", "type"])
    kinds = [f"{kind}{KPI}" for kind in sorted(WITH_KPI)] if name == KPI else list(FIELDS)
    data = {"data": _one_of(DATA + kind for kind in kinds)}
    return _map({**properties, **data}, ["id", "type", "data"])


def _data(type_name: str, kind: str) -> dict[str, Any]:
    columns = {"additionalProperties": _column(kind), "description": "Columns by name."}
    order = {
        "column": _text("Name of a column."),
        "order": _choice("", ("ASC", "DESC")),
    }
    return _map(
        {
            **_source(type_name, kind),
            "columns": {"type": "object", **columns},
            "orderBy": _list(_map(order, ["column"]), "How the rows are sorted."),
        },
        ["type", "columns"],
    )


def _number(type_name: str, kind: str) -> dict[str, Any]:
    told = "Only these are counted; PERCENTAGE tells their share of all."
    return _map(
        {
            **_source(type_name, kind),
            "columns": _column(kind),
            "numerator": _list(_filter(kind), told),
        },
        ["type", "columns"],
    )


def _source(type_name: str, kind: str) -> dict[str, Any]:
    return {
        "type": {"const": type_name, "description": "Where the rows come from."},
        "where": _list(_filter(kind), "Only rows that fit all of these."),
    }


def _column(kind: str) -> dict[str, Any]:
    aggregate = "How the values of a group become one; what has none is what rows are grouped by."
    return _map(
        {
            "field": _choice("What the column holds; a count needs none.", FIELDS[kind][2]),
            "displayName": _text("How the column is called."),
            "agg": _choice(aggregate, AGGREGATES),
            "labelKey": _text("Which label, for the field LABELS."),
            "graphStyle": _choice("How a time series draws it.", STYLES),
            "columnAlignment": _choice(
                "On which side a table writes it.", ("LEFT", "RIGHT", "CENTER")
            ),
        }
    )


def _filter(kind: str) -> dict[str, Any]:
    several = "What it is compared with, for IN and NOT_IN; filters, one of which holds, for OR."
    return _map(
        {
            "field": _choice("What is compared.", FIELDS[kind][2]),
            "type": _choice("How it is compared.", FILTERS),
            "labelKey": _text("Which label, for the field LABELS."),
            "value": {"description": "What it is compared with."},
            "values": {"type": "array", "description": several},
        },
        ["type"],
    )


def _text(told: str) -> dict[str, Any]:
    return {"type": "string", "description": told}


def _choice(told: str, values: Iterable[str]) -> dict[str, Any]:
    return {**_text(told), "enum": list(values)}


def _list(items: _Schema, told: str) -> dict[str, Any]:
    return {"type": "array", "items": dict(items), "description": told}


def _map(properties: _Schema, required: Sequence[str] = (), told: str = "") -> dict[str, Any]:
    more = {"description": told} if told else {}
    return {"type": "object", "properties": dict(properties), "required": list(required), **more}


def _one_of(names: Iterable[str]) -> dict[str, Any]:
    return {"oneOf": [{"$ref": f"#/definitions/{name}"} for name in names]}


def _switch(told: str) -> dict[str, Any]:
    return _map({"enabled": {"type": "boolean", "default": True, "description": told}})


_OPTIONS = {
    "displayName": _text("Title of the chart."),
    "description": _text("A line below the title."),
    "width": {
        "type": "integer",
        "minimum": 1,
        "maximum": _WIDEST,
        "default": 6,
        "description": "Twelfths of the page.",
    },
}
_DRAWN = {
    "tooltip": _choice("What is told where the pointer is.", ("ALL", "SINGLE", "NONE")),
    "legend": _switch("Whether colours are explained."),
}
_COLUMN = {"column": _text("Name of the column along the axis.")}
_COLOUR = {"colorByColumn": _text("Name of the column whose values have a colour each.")}
_OPTIONS_OF: Mapping[str, Mapping[str, Any]] = {
    "TimeSeries": {**_DRAWN, **_COLUMN, **_COLOUR},
    "Bar": {**_DRAWN, **_COLUMN, **_COLOUR},
    "Pie": {**_DRAWN, **_COLOUR, "graphStyle": _choice("Its shape.", ("DONUT", "PIE"))},
    "Table": {
        "header": _switch("Whether it names its columns."),
        "pagination": _switch("Whether it has pages."),
    },
    "Markdown": {},
    "KPI": {"numberType": _choice("A number, or a share of all.", ("FLAT", "PERCENTAGE"))},
}
_WORDS = {
    "content": _text("The text, as Markdown."),
    "source": _map(
        {
            "type": _choice("A text, or the description of a flow.", ("Text", "FlowDescription")),
            "content": _text("The text, as Markdown."),
            "namespace": _text("Namespace of the flow."),
            "flowId": _text("Id of the flow."),
        }
    ),
}
