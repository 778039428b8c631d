"""Tasks over what is kept of executions: count them, read their logs, delete what is old."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from tiercel.model.state import StateType
from tiercel.model.task import LogLevel
from tiercel.plugin.common import Written
from tiercel.plugin.context import TaskContext
from tiercel.plugin.outputs import StoredFile, outputs
from tiercel.plugin.properties import Text, TextList
from tiercel.plugin.task import AsWritten, Output, RunnableTask, TaskFailedError
from tiercel.plugins.core.storage import new_file
from tiercel.plugins.rows.ion import ion_line

_COUNTS = ("executionsCount", "logsCount", "storagesCount", "metricsCount")


class FlowName(Written):
    """A flow."""

    namespace: Text
    flow_id: Text


class Count(RunnableTask):
    """Count executions of flows, or of all flows of namespaces. Outputs: ``results``, ``total``.

    ``expression`` keeps a result when it renders to ``true``; it sees the number as ``count``.
    """

    type_name = "io.kestra.plugin.core.execution.Count"
    aliases = (
        "io.kestra.core.tasks.executions.Counts",
        "io.kestra.plugin.core.execution.Counts",
    )
    title = "Count executions."
    output_types = outputs(results=list[dict[str, Any]], total=int)
    examples = (
        (
            "Find out whether a flow has not run for a day.",
            "id: missing\ntype: io.kestra.plugin.core.execution.Count\n"
            "flows:\n  - namespace: company.team\n    flowId: nightly\n"
            "startDate: \"{{ now() | dateAdd(-1, 'DAYS') }}\"\n"
            'expression: "{{ count == 0 }}"',
        ),
    )

    flows: list[FlowName] | None = None
    namespaces: TextList | None = None
    states: list[StateType] | None = None
    start_date: datetime | None = None
    end_date: datetime | None = None
    expression: Annotated[Text | None, AsWritten()] = None

    async def run(self, context: TaskContext) -> Output | None:
        """Ask the server, then keep what the expression holds for."""
        if not self.flows and not self.namespaces:
            raise TaskFailedError("You must provide a list of flows or namespaces")
        found = await context.ask_server(
            "countExecutions",
            {
                "flows": [
                    {"namespace": one.namespace, "flowId": one.flow_id} for one in self.flows or ()
                ],
                "namespaces": list(self.namespaces or ()),
                "states": [state.value for state in self.states or ()],
                "startDate": _text(self.start_date),
                "endDate": _text(self.end_date),
            },
        )
        kept = [row for row in found if self._keeps(context, row["count"])]
        total = sum(row["count"] for row in kept)
        return Output(values={"results": kept, "total": total})

    def _keeps(self, context: TaskContext, count: int) -> bool:
        if self.expression is None:
            return True
        return context.render(self.expression, {"count": count}) == "true"


class PurgeExecutions(RunnableTask):
    """Delete executions that ended in a time, with their logs, metrics and files.

    Executions that are not over stay. Outputs: ``executionsCount``, ``logsCount``,
    ``storagesCount``, ``metricsCount``.
    """

    type_name = "io.kestra.plugin.core.execution.PurgeExecutions"
    aliases = (
        "io.kestra.core.tasks.storages.Purge",
        "io.kestra.plugin.core.storage.Purge",
    )
    title = "Delete old executions."
    output_types = outputs(executionsCount=int, logsCount=int, storagesCount=int, metricsCount=int)
    examples = (
        (
            "Keep the executions of a month.",
            "id: purge\ntype: io.kestra.plugin.core.execution.PurgeExecutions\n"
            "endDate: \"{{ now() | dateAdd(-1, 'MONTHS') }}\"\n"
            "states: [SUCCESS, WARNING]",
        ),
    )

    namespace: Text | None = None
    flow_id: Text | None = None
    start_date: datetime | None = None
    end_date: datetime
    states: list[StateType] | None = None
    purge_execution: bool = True
    purge_log: bool = True
    purge_metric: bool = True
    purge_storage: bool = True
    batch_size: int | None = None

    async def run(self, context: TaskContext) -> Output | None:
        """Delete batch after batch, until nothing is left or the task is stopped."""
        values = {
            "namespace": self.namespace,
            "flowId": self.flow_id,
            "startDate": _text(self.start_date),
            "endDate": _text(self.end_date),
            "states": [state.value for state in self.states or ()],
            "purgeExecution": self.purge_execution,
            "purgeLog": self.purge_log,
            "purgeMetric": self.purge_metric,
            "purgeStorage": self.purge_storage,
        }
        totals = dict.fromkeys(_COUNTS, 0)
        more = True
        while more and not context.is_killed:
            gone = await context.ask_server("purgeExecutions", values)
            totals = {name: totals[name] + gone[name] for name in totals}
            more = bool(gone["more"])
        return Output(values=totals)


class Fetch(RunnableTask):
    """Write the log of an execution into a row file. Outputs: ``uri``, ``size``."""

    type_name = "io.kestra.plugin.core.log.Fetch"
    aliases = ("io.kestra.core.tasks.log.Fetch",)
    title = "Read the log of an execution."
    output_types = outputs(uri=StoredFile, size=int)
    examples = (
        (
            "Keep the warnings of the current execution as a file.",
            "id: log\ntype: io.kestra.plugin.core.log.Fetch\nlevel: WARN",
        ),
    )

    namespace: Text | None = None
    flow_id: Text | None = None
    execution_id: Text | None = None
    tasks_id: TextList | None = None
    level: LogLevel = LogLevel.INFO

    async def run(self, context: TaskContext) -> Output | None:
        """Ask page by page; each entry becomes a row."""
        check_execution(self.execution_id, self.namespace, self.flow_id)
        wanted: dict[str, Any] = {
            "executionId": self.execution_id or context.info.execution_id,
            "tasksId": list(self.tasks_id or ()),
            "level": self.level.value,
        }
        path, size = new_file(context, ".ion"), 0
        page: int | None = 0
        with path.open("w", encoding="utf-8") as rows:
            while page is not None:
                found = await context.ask_server("fetchLogs", {**wanted, "page": page})
                for entry in found["entries"]:
                    rows.write(ion_line(_row(entry)))
                size += len(found["entries"])
                page = found.get("page")
        return Output(values={"uri": await context.store_file(path), "size": size})


def check_execution(execution_id: str | None, namespace: str | None, flow_id: str | None) -> None:
    """Refuse a flow without an execution, and half a flow.

    Raises:
        TaskFailedError: One of the three is missing or too much.
    """
    if execution_id is None and (namespace or flow_id):
        raise TaskFailedError(
            "`namespace` and `flowId` should only be set when `executionId` is set."
        )
    if execution_id is not None and bool(namespace) is not bool(flow_id):
        raise TaskFailedError(
            "Both `namespace` and `flowId` must be set when `executionId` is set."
        )


def _row(entry: dict[str, Any]) -> dict[str, Any]:
    return {**entry, "timestamp": datetime.fromisoformat(entry["timestamp"]), "deleted": False}


class PurgeLogs(RunnableTask):
    """Delete log entries of a time. Output: ``count``.

    Every entry belongs to an execution, so that without ``purgeExecutionLogs`` none is deleted.
    """

    type_name = "io.kestra.plugin.core.log.PurgeLogs"
    title = "Delete old log entries."
    output_types = outputs(count=int)

    namespace: Text | None = None
    flow_id: Text | None = None
    execution_id: Text | None = None
    log_levels: list[LogLevel] | None = None
    start_date: datetime | None = None
    end_date: datetime
    batch_size: int | None = None
    purge_execution_logs: bool = True
    purge_non_execution_logs: bool = True

    async def run(self, context: TaskContext) -> Output | None:
        """Ask the server."""
        if not self.purge_execution_logs:
            return Output(values={"count": 0})
        count = await context.ask_server(
            "purgeLogs",
            {
                "namespace": self.namespace,
                "flowId": self.flow_id,
                "executionId": self.execution_id,
                "logLevels": [level.value for level in self.log_levels or ()],
                "startDate": _text(self.start_date),
                "endDate": _text(self.end_date),
            },
        )
        return Output(values={"count": count})


def _text(date: datetime | None) -> str | None:
    """Return a date with its offset; one without is taken as UTC."""
    if date is None:
        return None
    return date.isoformat() if date.tzinfo is not None else f"{date.isoformat()}+00:00"
