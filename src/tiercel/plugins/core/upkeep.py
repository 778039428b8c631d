"""Tasks over what is kept of executions: count them, read their logs, delete what is old."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

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

    namespace: Text = Field(description="Namespace of the flow.")
    flow_id: Text = Field(description="Id of the flow.")


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

    flows: list[FlowName] | None = Field(
        default=None,
        description=(
            "Flows whose executions are counted, each by itself. This or `namespaces` is needed."
        ),
    )
    namespaces: TextList | None = Field(
        default=None, description="Namespaces whose executions are counted, each by itself."
    )
    states: list[StateType] | None = Field(
        default=None, description="States of the executions that count. Any when it is left out."
    )
    start_date: datetime | None = Field(
        default=None,
        description="Only executions that began later. 30 days ago when it is left out.",
    )
    end_date: datetime | None = Field(
        default=None, description="Only executions that began before. Now when it is left out."
    )
    expression: Annotated[Text | None, AsWritten()] = Field(
        default=None,
        description=(
            "Template that sees the number as `count` and keeps a result when it renders to "
            "`true`. All are kept when it is left out."
        ),
    )

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

    namespace: Text | None = Field(
        default=None,
        description=(
            "Namespace of the executions, those below it included. All when it is left out."
        ),
    )
    flow_id: Text | None = Field(
        default=None, description="Id of their flow. All flows when it is left out."
    )
    start_date: datetime | None = Field(
        default=None, description="Only executions that ended later. No bound when it is left out."
    )
    end_date: datetime = Field(description="Only executions that ended before this date.")
    states: list[StateType] | None = Field(
        default=None,
        description="States of the executions to delete. All that are over when it is left out.",
    )
    purge_execution: bool = Field(
        default=True, description="Whether the executions themselves are deleted."
    )
    purge_log: bool = Field(default=True, description="Whether their logs are deleted.")
    purge_metric: bool = Field(
        default=True, description="Whether their metrics are deleted, which needs `purgeExecution`."
    )
    purge_storage: bool = Field(default=True, description="Whether their stored files are deleted.")
    batch_size: int | None = Field(
        default=None, description="Accepted without effect: executions are deleted by the hundred."
    )

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

    namespace: Text | None = Field(
        default=None,
        description="Namespace of the execution; it goes with `executionId` and `flowId`.",
    )
    flow_id: Text | None = Field(
        default=None, description="Id of its flow; it goes with `executionId` and `namespace`."
    )
    execution_id: Text | None = Field(
        default=None, description="Id of the execution. The current one when it is left out."
    )
    tasks_id: TextList | None = Field(
        default=None, description="Ids of the tasks whose log is read. All when it is left out."
    )
    level: LogLevel = Field(
        default=LogLevel.INFO, description="Lowest level of messages that are read."
    )

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
    """Delete log entries of a time. Outputs: ``count``, and how many were of what.

    Every entry belongs to an execution, so that without ``purgeExecutionLogs`` none is deleted and
    ``executionLogsCount`` is all of ``count``.
    """

    type_name = "io.kestra.plugin.core.log.PurgeLogs"
    title = "Delete old log entries."
    output_types = outputs(count=int, executionLogsCount=int, nonExecutionLogsCount=int)

    namespace: Text | None = Field(
        default=None,
        description=(
            "Namespace of the log entries, those below it included. All when it is left out."
        ),
    )
    flow_id: Text | None = Field(
        default=None, description="Id of their flow. All flows when it is left out."
    )
    execution_id: Text | None = Field(
        default=None, description="Id of their execution. All when it is left out."
    )
    log_levels: list[LogLevel] | None = Field(
        default=None, description="Levels of the entries to delete. All when it is left out."
    )
    start_date: datetime | None = Field(
        default=None, description="Only entries that are later. No bound when it is left out."
    )
    end_date: datetime = Field(description="Only entries that are earlier than this date.")
    batch_size: int | None = Field(default=None, description="Accepted without effect.")
    purge_execution_logs: bool = Field(
        default=True, description="Whether entries of executions are deleted."
    )
    purge_non_execution_logs: bool = Field(
        default=True, description="Accepted without effect: every entry belongs to an execution."
    )

    async def run(self, context: TaskContext) -> Output | None:
        """Ask the server."""
        if not self.purge_execution_logs:
            return _purged_logs(0)
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
        return _purged_logs(count)


def _purged_logs(count: int) -> Output:
    return Output(values={"count": count, "executionLogsCount": count, "nonExecutionLogsCount": 0})


def _text(date: datetime | None) -> str | None:
    """Return a date with its offset; one without is taken as UTC."""
    if date is None:
        return None
    return date.isoformat() if date.tzinfo is not None else f"{date.isoformat()}+00:00"
