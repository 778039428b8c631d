"""Examples of what is sent and answered, for the description of the API."""

from __future__ import annotations

from typing import Any

MOMENT = "2024-12-20T01:00:00.101Z"
ID = "2sVbT1xk0pQw9aYc4LmN7e"
SOURCE = """\
id: nightly_load
namespace: company.team
labels: {team: finance}
inputs:
  - {id: day, type: DATE, defaults: "2024-12-20"}
tasks:
  - {id: say, type: io.kestra.plugin.core.log.Log, message: hello}
outputs:
  - {id: value, type: STRING, value: "{{ inputs.day }}"}
triggers:
  - {id: every_night, type: io.kestra.plugin.core.trigger.Schedule, cron: "0 1 * * *"}
"""
TASK = {"id": "say", "type": "io.kestra.plugin.core.log.Log", "message": "hello"}
SCHEDULE = {
    "id": "every_night",
    "type": "io.kestra.plugin.core.trigger.Schedule",
    "cron": "0 1 * * *",
}
FLOW: dict[str, Any] = {
    "id": "nightly_load",
    "namespace": "company.team",
    "revision": 4,
    "disabled": False,
    "deleted": False,
    "labels": [{"key": "team", "value": "finance"}],
    "inputs": [{"id": "day", "type": "DATE", "required": True}],
    "tasks": [TASK],
    "triggers": [SCHEDULE],
}
FLOW_TO_RUN = {
    "id": "nightly_load",
    "namespace": "company.team",
    "revision": 4,
    "disabled": False,
    "deleted": False,
    "inputs": FLOW["inputs"],
    "tasks": [{"id": "say", "type": "io.kestra.plugin.core.log.Log"}],
    "triggers": [{"id": "every_night", "type": "io.kestra.plugin.core.trigger.Schedule"}],
}
FLOW_WITH_SOURCE = {**FLOW, "source": SOURCE}
FLOW_ID = {"namespace": "company.team", "id": "nightly_load"}
FLOW_KEY = {"namespace": "company.team", "flowId": "nightly_load"}
STATE = {
    "current": "SUCCESS",
    "histories": [
        {"state": "CREATED", "date": MOMENT},
        {"state": "RUNNING", "date": "2024-12-20T01:00:00.230Z"},
        {"state": "SUCCESS", "date": "2024-12-20T01:00:03.015Z"},
    ],
    "duration": "PT2.914S",
    "startDate": MOMENT,
    "endDate": "2024-12-20T01:00:03.015Z",
}
EXECUTION: dict[str, Any] = {
    "id": ID,
    "namespace": "company.team",
    "flowId": "nightly_load",
    "flowRevision": 4,
    "taskRunList": [
        {
            "id": "5fWq0pQw9aYc4LmN7e2sVb",
            "executionId": ID,
            "namespace": "company.team",
            "flowId": "nightly_load",
            "taskId": "say",
            "outputs": {},
            "state": STATE,
        }
    ],
    "inputs": {"day": "2024-12-20"},
    "labels": [{"key": "team", "value": "finance"}],
    "state": STATE,
    "originalId": ID,
    "deleted": False,
    "metadata": {"attemptNumber": 1, "originalCreatedDate": MOMENT},
}
TRIGGER = {
    "namespace": "company.team",
    "flowId": "nightly_load",
    "triggerId": "every_night",
    "nextExecutionDate": "2024-12-21T01:00:00Z",
    "disabled": False,
}
FOUND_TRIGGER = {
    "abstractTrigger": SCHEDULE,
    "triggerContext": TRIGGER,
    "trigger": SCHEDULE,
    "state": TRIGGER,
}
TRIGGER_ID = {"namespace": "company.team", "flowId": "nightly_load", "triggerId": "every_night"}
BACKFILL = {**TRIGGER_ID, "backfill": {"start": "2024-12-01T00:00:00Z", "inputs": {"day": "x"}}}
LOG = {
    "namespace": "company.team",
    "flowId": "nightly_load",
    "taskId": "say",
    "executionId": ID,
    "attemptNumber": 0,
    "timestamp": MOMENT,
    "level": "INFO",
    "message": "2024-12-20",
    "deleted": False,
}
LOG_PAGES: dict[str, Any] = {
    "total": 0,
    "size": 500,
    "ends": [],
    "warnings": [],
    "errors": [],
}
LOG_SHARE = {
    "taskRunId": "5fWq0pQw9aYc4LmN7e2sVb",
    "taskId": "say",
    "total": 12,
    "warnings": 1,
    "errors": 0,
}
METRIC = {
    "executionId": ID,
    "taskId": "load",
    "type": "counter",
    "name": "rows",
    "value": 1200.0,
    "timestamp": MOMENT,
}
CHECKED = {
    "flow": "nightly_load",
    "namespace": "company.team",
    "index": 0,
    "outdated": False,
    "deprecationPaths": [],
    "warnings": [],
    "infos": [],
}
CHECKED_PART = {"index": 0, "outdated": False}
GRAPH = {
    "nodes": [{"uid": "root.say", "type": "io.kestra.core.models.hierarchies.GraphTask"}],
    "edges": [{"source": "root.say", "target": "root.E0", "relation": {}}],
    "clusters": [],
}
TOPOLOGY = {
    "nodes": [{"uid": "company.team_nightly_load", **FLOW_ID}],
    "edges": [],
}
ENTRY = {"key": "limit", "namespace": "company.team", "creationDate": MOMENT, "version": 1}
SECRET = {"key": "DB_PASSWORD", "namespace": "company.team", "tags": [], "updateDate": MOMENT}
FILE = {"type": "File", "size": 120, "fileName": "main.py", "lastModifiedTime": 1734684000000}
DASHBOARD_SOURCE = """\
title: Executions
charts:
  - id: by_state
    type: io.kestra.plugin.core.dashboard.chart.Pie
    data:
      type: io.kestra.plugin.core.dashboard.data.Executions
      columns:
        state: {field: STATE}
        total: {agg: COUNT}
"""
CHART_SOURCE = """\
id: by_state
type: io.kestra.plugin.core.dashboard.chart.Pie
data:
  type: io.kestra.plugin.core.dashboard.data.Executions
  columns:
    state: {field: STATE}
    total: {agg: COUNT}
"""
DASHBOARD = {"id": "6tXc", "title": "Executions", "sourceCode": DASHBOARD_SOURCE, "deleted": False}
ERROR = {
    "message": "Invalid entity: flow.id: Flow id already exists",
    "logref": None,
    "path": None,
    "_links": {"self": {"href": "/api/v1/flows", "templated": False}},
    "_embedded": {"errors": [{"message": "Flow id already exists", "path": "flow.id"}]},
}
WINDOW = {"namespace": "company.team", "startDate": MOMENT, "endDate": "2024-12-21T01:00:00Z"}
PROCESS = {
    "id": ID,
    "roles": ["worker"],
    "state": "RUNNING",
    "hostname": "node-1",
    "pid": 4711,
    "version": "0.1.0",
    "worker": {"group": "default", "slots": 8, "running": 1},
}


TEMPLATE_SOURCE = """\
id: greeting
namespace: company.team
tasks:
  - {id: say, type: io.kestra.plugin.core.log.Log, message: hello}
"""
TEMPLATE = {"id": "greeting", "namespace": "company.team", "tasks": [TASK], "deleted": False}
STARTED = {
    "id": ID,
    **FLOW_KEY,
    "flowRevision": 4,
    "inputs": {"day": "2024-12-20"},
    "labels": [{"key": "team", "value": "finance"}],
    "state": {"current": "CREATED", "startDate": MOMENT},
    "originalId": ID,
    "deleted": False,
}
BLUEPRINT = {
    "id": "gazelle",
    "title": "Gazelle",
    "description": "Ask a web service for a number in Python, and hand it to the next task.",
    "includedTasks": ["io.kestra.plugin.core.log.Log"],
    "tags": ["python"],
}
USAGE = {
    "uuid": "1JF4KYlsz7v43P93QoCAiD",
    "serverType": "STANDALONE",
    "version": "0.1.0",
    "flows": {"count": 12, "namespacesCount": 3},
    "executions": {"dailyExecutionsCount": []},
}
WRITTEN_BACKFILL = {"id": ID, "start": "2024-12-01T00:00:00Z", "total": 10}


def page(item: Any) -> dict[str, Any]:
    """Return one page with an item."""
    return {"results": [item], "total": 1}


NAMED: dict[str, Any] = {
    "Flow": FLOW,
    "FlowWithSource": FLOW_WITH_SOURCE,
    "FlowToRun": FLOW_TO_RUN,
    "Task": TASK,
    "Execution": EXECUTION,
    "StartedExecution": STARTED,
    "State": STATE,
    "Trigger": TRIGGER,
    "LogEntry": LOG,
    "Metric": METRIC,
    "Checked": CHECKED,
    "Graph": GRAPH,
    "Topology": TOPOLOGY,
    "Dashboard": DASHBOARD,
    "Process": PROCESS,
    "Blueprint": BLUEPRINT,
    "Template": TEMPLATE,
    "Error": ERROR,
}
"""Objects that many requests are answered with, by the name that the documentation gives them."""
