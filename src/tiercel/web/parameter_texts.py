"""What parameters mean that endpoints declare in their signatures, with an example each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tiercel.web import examples as ex

_PLACES: Mapping[str, tuple[str, Any]] = {
    "namespace": ("A namespace.", "company.team"),
    "flow_id": ("Id of a flow.", "nightly_load"),
    "execution_id": ("Id of an execution.", ex.ID),
    "task_run_id": ("Id of a task run.", "5fWq0pQw9aYc4LmN7e2sVb"),
    "trigger_id": ("Id of a trigger.", "every_night"),
    "task_id": ("Id of a task.", "say"),
    "key": ("A key: of an entry, a secret, or a webhook.", "limit"),
    "dashboard_id": ("Id of a dashboard.", "6tXc"),
    "chart_id": ("Id of a chart of the dashboard.", "by_state"),
    "cls": ("A type, by any of its names.", "io.kestra.plugin.core.log.Log"),
    "template_id": ("Id of a template.", "greeting"),
    "blueprint_id": ("Id of a blueprint.", "gazelle"),
    "first": ("A kind, or the id of a blueprint.", "flow"),
    "second": ("Id of a blueprint, or what of one is wanted.", "gazelle"),
    "kind": ("What it is of.", "flow"),
    "part": ("`source`, `flow` or `graph`.", "source"),
    "source_id": ("Id of a database.", "embedded"),
    "schema": ("A schema of the database.", "public"),
    "table": ("A table or view.", "orders"),
    "metric": ("Name of a metric.", "rows"),
    "action": ("`pause`, `unpause` or `delete`.", "pause"),
    "version": ("A version; there is the one that is installed.", "0.1.0"),
    "name": ("A name.", "ci"),
    "path": ("Anything: it is passed on to the flow.", "orders"),
}
"""Places of a path."""

_NAMES: Mapping[str, tuple[str, Any]] = {
    "after": (
        "A place in the log, as `pages` gave it.",
        "2024-12-20T01:00:01.500000+00:00~7~5fWq0pQw9aYc4LmN7e2sVb",
    ),
    "aggregation": ("`sum`, `avg`, `min` or `max`.", "sum"),
    "all": ("The properties that all tasks have too.", False),
    "allowDelete": ("Revisions that say it was deleted too.", True),
    "allowDeleted": ("Find it when it was deleted too.", False),
    "allowNamespaceChild": ("Flows of namespaces below `namespace` too.", False),
    "arrayOf": ("The schema of a list of those.", False),
    "attempt": ("Number of an attempt, from 0.", 0),
    "breakpoints": (
        "Where to stop: `task` or `task.value`, repeated or joined by commas.",
        ["extract"],
    ),
    "caseSensitive": ("Tell capitals from others.", False),
    "changes": ("Send what changed alone.", False),
    "delete": ("Delete what the body does not hold.", True),
    "deleteLogs": ("Delete its log.", True),
    "deleteMetrics": ("Delete its metrics.", True),
    "deleteStorage": ("Delete its files.", True),
    "description": ("What the entry is for.", "rows a night"),
    "destinationOnly": ("Just who starts it.", False),
    "disabled": ("Whether they are off then.", True),
    "encoding": ("How the text is encoded.", "UTF-8"),
    "endDate": ("Not after this moment; by default now.", "2024-12-21T00:00:00Z"),
    "expandAll": ("Go on from flow to flow.", False),
    "field": ("`namespace`, `flowId` or `state`.", "flowId"),
    "flowId": ("Id of a flow.", "nightly_load"),
    "from": ("Path of a file or folder.", "/scripts/main.py"),
    "isOnKillCascade": ("End what it started too.", True),
    "limit": ("Rows at most.", 100),
    "maxRows": ("Rows or lines at most.", 100),
    "minLevel": ("Of this level or above.", "WARN"),
    "namespace": ("A namespace.", "company.team"),
    "override": ("Take flows of other namespaces into this one.", False),
    "path": ("Path of a file or folder of the namespace.", "/scripts/main.py"),
    "q": ("A text that is contained.", "load"),
    "regex": ("Take `q` for a regular expression.", False),
    "revision": ("Number of a revision; by default the latest.", 1),
    "scheduleDate": ("When it is to begin.", "2030-12-20T09:00:00Z"),
    "section": ("Which list of a flow it belongs to.", "TASKS"),
    "size": ("Entries at most.", 100),
    "source": ("Add the text of the flow.", True),
    "startDate": ("Not before this moment; by default 30 days ago.", "2024-12-20T00:00:00Z"),
    "state": ("What becomes of it.", "RUNNING"),
    "status": ("The state that it is shown in.", "SUCCESS"),
    "taskId": ("Id of a task.", "extract"),
    "taskRunId": ("Id of a task run.", "5fWq0pQw9aYc4LmN7e2sVb"),
    "to": ("Path that it gets.", "/scripts/load.py"),
    "triggerId": ("Id of a trigger.", "every_night"),
    "ttl": ("How long the entry is kept.", "PT1H"),
    "version": ("A version; there is the one that is installed.", "latest"),
    "wait": ("Answer when the execution is over.", True),
    "wholeWord": ("Just whole words.", False),
}
"""Parameters of queries and headers."""

_FILE = (
    "URI of a file in internal storage.",
    f"kestra:///company/team/nightly-load/executions/{ex.ID}/inputs/orders/orders.csv",
)

_FOLDER = ("Path of a folder of the namespace.", "/scripts")


def told(route: str, parameter: Mapping[str, Any]) -> dict[str, Any]:
    """Return a parameter with a description and an example, if it has none of its own.

    Args:
        route: Path of the operation.
    """
    name = parameter["name"]
    known = _PLACES if parameter["in"] == "path" else _NAMES
    description, example = known[name]
    if name == "path" and "/executions/" in route and "/file" in route:
        description, example = _FILE
    elif name == "path" and route.endswith("/directory"):
        description, example = _FOLDER
    return {"description": description, "example": example, **parameter}


def example_place(name: str) -> str:
    """Return what may stand for a place in a path."""
    return str(_PLACES[name][1])
