"""What of each list can be searched and sorted by, in the names of the API and of the store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

SYSTEM_NAMESPACE = "system"


@dataclass(frozen=True, slots=True)
class Resource:
    """What of a resource can be searched and sorted by.

    Attributes:
        fields: Names of the API, to those of the store.
        sorts: The same, for sorting.
    """

    fields: Mapping[str, str]
    sorts: Mapping[str, str]


EXECUTIONS = Resource(
    fields={
        "q": "q",
        "scope": "namespace",
        "namespace": "namespace",
        "flowId": "flow_id",
        "state": "state",
        "kind": "kind",
        "labels": "labels",
        "startDate": "start_date",
        "endDate": "end_date",
        "timeRange": "start_date",
        "triggerExecutionId": "trigger_execution_id",
        "childFilter": "trigger_execution_id",
    },
    sorts={
        "id": "id",
        "namespace": "namespace",
        "flowId": "flow_id",
        "state.current": "state",
        "state.startDate": "start_date",
        "state.endDate": "end_date",
        "state.duration": "duration",
    },
)
FLOWS = Resource(
    fields={
        "q": "q",
        "scope": "namespace",
        "namespace": "namespace",
        "flowId": "flow_id",
        "labels": "labels",
    },
    sorts={"id": "id", "namespace": "namespace"},
)
TEMPLATES = Resource(
    fields={"q": "q", "scope": "namespace", "namespace": "namespace"},
    sorts={"id": "id", "namespace": "namespace"},
)
LOGS = Resource(
    fields={
        "q": "q",
        "scope": "namespace",
        "namespace": "namespace",
        "flowId": "flow_id",
        "triggerId": "trigger_id",
        "executionId": "execution_id",
        "level": "level",
        "startDate": "timestamp",
        "endDate": "timestamp",
        "timeRange": "timestamp",
    },
    sorts={"timestamp": "timestamp"},
)
METRICS = Resource(
    fields={},
    sorts={
        "namespace": "namespace",
        "flowId": "flow_id",
        "taskId": "task_id",
        "executionId": "execution_id",
        "taskrunId": "task_run_id",
        "name": "name",
        "timestamp": "timestamp",
        "value": "value",
    },
)
TRIGGERS = Resource(
    fields={
        "q": "q",
        "scope": "namespace",
        "namespace": "namespace",
        "flowId": "flow_id",
        "triggerId": "trigger_id",
        "workerId": "worker_id",
        "startDate": "next_date",
        "endDate": "next_date",
        "timeRange": "next_date",
        "triggerState": "state",
    },
    sorts={
        "namespace": "namespace",
        "flowId": "flow_id",
        "triggerId": "trigger_id",
        "executionId": "execution_id",
        "nextExecutionDate": "next_date",
    },
)
NAMESPACES = Resource(fields={"q": "q", "existingOnly": "existing"}, sorts={"id": "id"})
KEYS = Resource(
    fields={"q": "q", "namespace": "namespace", "updated": "updated"},
    sorts={
        "key": "key",
        "namespace": "namespace",
        "creationDate": "created",
        "updateDate": "updated",
        "expirationDate": "expires",
    },
)
SECRETS = Resource(
    fields={"q": "q", "namespace": "namespace", "updated": "updated"},
    sorts={"key": "key", "namespace": "namespace", "updateDate": "updated"},
)
DASHBOARDS = Resource(fields={"q": "q"}, sorts={"id": "id", "title": "title"})
CHARTS = Resource(
    fields={
        "scope": "namespace",
        "namespace": "namespace",
        "flowId": "flow_id",
        "state": "state",
        "labels": "labels",
        "triggerExecutionId": "trigger_execution_id",
        "childFilter": "trigger_execution_id",
    },
    sorts={},
)
BLUEPRINTS = Resource(
    fields={"q": "q"}, sorts={"id": "id", "title": "title", "publishedAt": "published"}
)
