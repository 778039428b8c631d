"""What charts can ask for: their kinds, kinds of data with their fields, aggregates, filters."""

from __future__ import annotations

from collections.abc import Mapping

from tiercel.store import Operation

CHART = "io.kestra.plugin.core.dashboard.chart."
DATA = "io.kestra.plugin.core.dashboard.data."
CHART_TYPES = ("TimeSeries", "Bar", "Pie", "Table", "Markdown", "KPI")

AGGREGATES = {
    "AVG": "avg({})",
    "MAX": "max({})",
    "MIN": "min({})",
    "SUM": "sum({})",
    "COUNT": "count(*)",
}
LABEL = (
    "(SELECT item ->> 'value' FROM jsonb_array_elements(labels) AS item"
    " WHERE item ->> 'key' = {} LIMIT 1)"
)
_SECONDS = "extract(epoch FROM last_date - start_date)"
FIELDS: Mapping[str, tuple[str, str, Mapping[str, tuple[str, str]]]] = {
    "Executions": (
        "executions",
        "start_date",
        {
            "ID": ("id", "id"),
            "NAMESPACE": ("namespace", "namespace"),
            "FLOW_ID": ("flow_id", "flow_id"),
            "FLOW_REVISION": ("flow_revision", "flow_revision"),
            "STATE": ("state", "state"),
            "DURATION": ("seconds", _SECONDS),
            "LABELS": ("labels", "labels::text"),
            "START_DATE": ("start_date", "start_date"),
            "END_DATE": ("end_date", "end_date"),
        },
    ),
    "Logs": (
        "logs",
        "timestamp",
        {
            "NAMESPACE": ("namespace", "namespace"),
            "FLOW_ID": ("flow_id", "flow_id"),
            "EXECUTION_ID": ("execution_id", "execution_id"),
            "TASK_ID": ("task_id", "task_id"),
            "DATE": ("timestamp", '"timestamp"'),
            "TASK_RUN_ID": ("task_run_id", "task_run_id"),
            "ATTEMPT_NUMBER": ("attempt_number", "attempt_number"),
            "TRIGGER_ID": ("trigger_id", "trigger_id"),
            "LEVEL": ("level", "level"),
            "MESSAGE": ("message", "message"),
        },
    ),
    "Metrics": (
        "metrics",
        "timestamp",
        {
            "NAMESPACE": ("namespace", "namespace"),
            "FLOW_ID": ("flow_id", "flow_id"),
            "TASK_ID": ("task_id", "task_id"),
            "EXECUTION_ID": ("execution_id", "execution_id"),
            "TASK_RUN_ID": ("task_run_id", "task_run_id"),
            "TYPE": ("type", "type"),
            "NAME": ("name", "name"),
            "VALUE": ("value", "value"),
            "DATE": ("timestamp", '"timestamp"'),
        },
    ),
    "Flows": (
        "flows",
        "",
        {
            "ID": ("id", "id"),
            "NAMESPACE": ("namespace", "namespace"),
            "REVISION": ("revision", "revision"),
        },
    ),
    "Triggers": (
        "triggers",
        "",
        {
            "ID": ("trigger_id", "trigger_id"),
            "NAMESPACE": ("namespace", "namespace"),
            "FLOW_ID": ("flow_id", "flow_id"),
            "TRIGGER_ID": ("trigger_id", "trigger_id"),
            "EXECUTION_ID": ("execution_id", "execution_id"),
            "NEXT_EXECUTION_DATE": ("next_date", "next_date"),
            "WORKER_ID": ("worker_id", "worker_id"),
        },
    ),
}
"""Per kind of data: its table, the date that the window is about (none for what is there now), and
by the API's name of a field the field of a condition and the SQL that is selected.
"""
OF_ROWS = frozenset({"namespace", "flow_id"})
"""What rows of every table can be narrowed by."""
OF_FLOWS = OF_ROWS | {"labels"}
OF_AN_EXECUTION = ("logs", "metrics")
"""Tables whose rows are narrowed by state and labels of the execution that they belong to."""

KPI = "KPI"
WITH_KPI = frozenset({"Executions", "Logs", "Metrics", "Flows"})
GROUPED_DATES = ("START_DATE", "END_DATE", "DATE")
DATES = (*GROUPED_DATES, "NEXT_EXECUTION_DATE")
OPERATIONS = {
    "CONTAINS": Operation.CONTAINS,
    "STARTS_WITH": Operation.STARTS_WITH,
    "ENDS_WITH": Operation.ENDS_WITH,
    "EQUAL_TO": Operation.EQUALS,
    "NOT_EQUAL_TO": Operation.NOT_EQUALS,
    "GREATER_THAN": Operation.GREATER_THAN,
    "GREATER_THAN_OR_EQUAL_TO": Operation.GREATER_THAN_OR_EQUAL_TO,
    "LESS_THAN": Operation.LESS_THAN,
    "LESS_THAN_OR_EQUAL_TO": Operation.LESS_THAN_OR_EQUAL_TO,
    "IN": Operation.IN,
    "NOT_IN": Operation.NOT_IN,
    "IS_NULL": Operation.IS_NULL,
    "IS_NOT_NULL": Operation.IS_NOT_NULL,
    "REGEX": Operation.REGEX,
    "IS_TRUE": Operation.EQUALS,
    "IS_FALSE": Operation.EQUALS,
}
FILTERS = (*OPERATIONS, "OR")
"""How a chart's own filters compare."""
