"""Queries of BigQuery."""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from pydantic import Field

from tiercel.model.task import LogLevel
from tiercel.plugin.common import Written
from tiercel.plugin.context import TaskContext
from tiercel.plugin.outputs import StoredFile, outputs
from tiercel.plugin.properties import Text, TextList, TextMap
from tiercel.plugin.task import Output, TaskFailedError
from tiercel.plugins.core.storage import new_file
from tiercel.plugins.gcp.access import GoogleTask, in_thread, present
from tiercel.plugins.gcp.values import output_value, row_value
from tiercel.plugins.rows.ion import ion_line

if TYPE_CHECKING:
    from google.cloud.bigquery import Client, QueryJob, QueryJobConfig, TableReference

T = TypeVar("T")

_TABLE = re.compile(r"(?:([^.]+)\.)?([^.]+)\.([^.]+)")
_RETRIED = ["rateLimitExceeded", "jobBackendError", "backendError", "internalError"]
_RETRIED += ["jobInternalError"]


class BigQueryTask(GoogleTask):
    """Base of the tasks over BigQuery."""

    requires: ClassVar[Mapping[str, str]] = {"google.cloud.bigquery": "gcp"}
    emulator = "BIGQUERY_EMULATOR_HOST"

    location: Text | None = None
    """Where the data is, such as `EU`."""

    async def with_client(self, context: TaskContext, work: Callable[[Client], T]) -> T:
        """Do blocking work with a client. Raises TaskFailedError when Google refuses."""

        def run() -> T:
            from google.cloud.bigquery import Client

            credentials, project = self.login(context)
            if project is None:
                raise TaskFailedError("No Google Cloud project is known: give `projectId`")
            client = Client(project=project, credentials=credentials, location=self.location)
            try:
                return work(client)
            finally:
                client.close()  # type: ignore[no-untyped-call]

        return await in_thread(run)


class FetchType(StrEnum):
    """What becomes of the rows of a query."""

    NONE = "NONE"
    FETCH = "FETCH"
    FETCH_ONE = "FETCH_ONE"
    STORE = "STORE"


class WriteDisposition(StrEnum):
    """What happens to rows that a destination table has already."""

    WRITE_TRUNCATE = "WRITE_TRUNCATE"
    WRITE_TRUNCATE_DATA = "WRITE_TRUNCATE_DATA"
    WRITE_APPEND = "WRITE_APPEND"
    WRITE_EMPTY = "WRITE_EMPTY"


class CreateDisposition(StrEnum):
    """Whether a destination table is made."""

    CREATE_IF_NEEDED = "CREATE_IF_NEEDED"
    CREATE_NEVER = "CREATE_NEVER"


class Priority(StrEnum):
    """Whether a query runs at once or when there is room."""

    INTERACTIVE = "INTERACTIVE"
    BATCH = "BATCH"


class PartitioningType(StrEnum):
    """How much time one partition holds."""

    DAY = "DAY"
    HOUR = "HOUR"
    MONTH = "MONTH"
    YEAR = "YEAR"


class RetryPolicy(Written):
    """How often, and after how long, a query that BigQuery failed is tried again."""

    type: Text = Field(
        default="exponential",
        description=("How the wait between tries is found: `constant`, `exponential` or `random`."),
    )
    behavior: Text | None = Field(
        default=None,
        description="Accepted without effect: the query is tried again inside the task.",
    )
    interval: timedelta = Field(
        default=timedelta(seconds=5), description="Wait before the second try, such as `PT5S`."
    )
    max_interval: timedelta = Field(
        default=timedelta(minutes=5), description="The longest wait between two tries."
    )
    min_interval: timedelta | None = Field(
        default=None, description="The shortest wait, for `random`; `interval` when it is left out."
    )
    delay_factor: float = Field(
        default=2.0,
        description="What each wait is multiplied by to get the next, for `exponential`.",
    )
    max_attempts: int | None = Field(
        default=None, description="How many tries there are at most; 10 when it is left out."
    )
    max_attempt: int | None = Field(default=None, description="Older name of `maxAttempts`.")
    max_duration: timedelta = Field(
        default=timedelta(minutes=15), description="How long tries may go on in all."
    )
    warning_on_retry: bool = Field(
        default=False, description="Whether the log's message about another try is a warning."
    )

    def waits(self, number: int) -> float | None:
        """Return seconds before try ``number`` + 1; None when ``number`` was the last."""
        most = self.max_attempts or self.max_attempt or 10
        if number >= most:
            return None
        first, last = self.interval.total_seconds(), self.max_interval.total_seconds()
        if self.type == "random":
            least = (self.min_interval or self.interval).total_seconds()
            return random.uniform(least, max(least, last))  # noqa: S311 - no secret
        factor = self.delay_factor ** (number - 1) if self.type == "exponential" else 1
        return min(first * factor, max(first, last))


class Query(BigQueryTask):
    """Run SQL, several statements as one job.

    Outputs: ``jobId``, ``destinationTable`` (also the nameless one of a result), and of rows that
    are fetched ``rows``, ``row`` or ``uri``, and ``size``. A worker that takes over from a lost one
    follows the job that it finds, so nothing runs twice.
    """

    type_name = "io.kestra.plugin.gcp.bigquery.Query"
    title = "Run SQL on BigQuery."
    output_types = outputs(
        jobId=str,
        destinationTable=dict[str, str],
        row=dict[str, Any],
        rows=list[dict[str, Any]],
        uri=StoredFile,
        size=int,
    )
    examples = (
        (
            "A table made from another.",
            "id: monthly\ntype: io.kestra.plugin.gcp.bigquery.Query\n"
            "sql: |\n  CREATE OR REPLACE TABLE trips.monthly AS\n"
            "  SELECT vendor, COUNT(*) AS trips FROM trips.raw GROUP BY vendor",
        ),
        (
            "Rows into a file.",
            "id: rows\ntype: io.kestra.plugin.gcp.bigquery.Query\n"
            "sql: SELECT * FROM trips.monthly\nfetchType: STORE",
        ),
    )

    sql: Text
    """The SQL to run."""
    fetch_type: FetchType = FetchType.NONE
    """What becomes of the rows: FETCH_ONE and FETCH into the outputs, STORE into a file."""
    fetch: bool = False
    """Old form of `fetchType: FETCH`."""
    fetch_one: bool = False
    """Old form of `fetchType: FETCH_ONE`."""
    store: bool = False
    """Old form of `fetchType: STORE`."""
    legacy_sql: bool = False
    """Whether the SQL is of the older dialect."""
    use_legacy_sql: bool = False
    """The same."""
    destination_table: Text | None = None
    """Table that the rows go to: `project.dataset.table`."""
    write_disposition: WriteDisposition | None = None
    """What happens to rows that it has already."""
    create_disposition: CreateDisposition | None = None
    """Whether it is made."""
    schema_update_options: TextList | None = None
    """How its columns may change."""
    default_dataset: Text | None = None
    """Data set of tables that are named without one."""
    priority: Priority = Priority.INTERACTIVE
    """Whether the query runs at once or when there is room."""
    dry_run: bool = False
    """Whether it is only checked."""
    labels: TextMap | None = None
    """Labels of the job, beside those that name flow and task."""
    job_timeout: timedelta | None = None
    """How long the job may take."""
    clustering_fields: TextList | None = None
    """Columns that the destination table is clustered by."""
    time_partitioning_field: Text | None = None
    """Column that it is partitioned by."""
    time_partitioning_type: PartitioningType = PartitioningType.DAY
    """How much time one partition holds."""
    range_partitioning_field: Text | None = None
    """Column of whole numbers that it is partitioned by."""
    range_partitioning_start: int | None = None
    """Where the first range begins."""
    range_partitioning_end: int | None = None
    """Where the last range ends."""
    range_partitioning_interval: int | None = None
    """How wide a range is."""
    max_results: int | None = None
    """Rows that are taken at most."""
    allow_large_results: bool | None = None
    """Whether results of the older dialect may be large."""
    use_query_cache: bool | None = None
    """Whether a known result may be taken."""
    flatten_results: bool = True
    """Whether results of the older dialect are flat."""
    maximum_bytes_billed: int | None = None
    """A query that costs more fails."""
    maximum_billing_tier: int | None = None
    """Accepted for old flows, without effect."""
    retry_auto: RetryPolicy | None = None
    """How a query that BigQuery failed is tried again."""
    retry_reasons: TextList = _RETRIED
    """Reasons for which it is tried again."""
    retry_messages: TextList | None = None
    """Parts of messages for which it is tried again."""

    def fetching(self) -> FetchType:
        """Return what becomes of the rows; the old switches win over ``fetchType``."""
        if self.fetch:
            return FetchType.FETCH
        if self.fetch_one:
            return FetchType.FETCH_ONE
        return FetchType.STORE if self.store else self.fetch_type

    async def run(self, context: TaskContext) -> Output:
        """Run the job to its end."""
        run = _QueryRun(self, context, new_file(context, ".ion"))
        working = asyncio.create_task(self.with_client(context, run.work))
        try:
            values = await asyncio.shield(working)
        except asyncio.CancelledError:
            run.stop()
            await asyncio.wait([working])
            raise
        if run.path.exists():
            values["uri"] = await context.store_file(run.path)
        return Output(values=values, keep_null=frozenset({"row"} if "row" in values else ()))

    def config(self, context: TaskContext, project: str) -> QueryJobConfig:
        """Return what the job is like."""
        from google.cloud import bigquery

        config: Any = bigquery.QueryJobConfig()
        is_legacy = self.legacy_sql or self.use_legacy_sql
        plain = {
            "use_legacy_sql": is_legacy,
            "write_disposition": self.write_disposition and str(self.write_disposition),
            "create_disposition": self.create_disposition and str(self.create_disposition),
            "schema_update_options": self.schema_update_options,
            "priority": str(self.priority),
            "dry_run": self.dry_run or None,
            "job_timeout_ms": self.job_timeout and int(self.job_timeout.total_seconds() * 1000),
            "clustering_fields": self.clustering_fields,
            "use_query_cache": self.use_query_cache,
            "maximum_bytes_billed": self.maximum_bytes_billed,
            "allow_large_results": self.allow_large_results if is_legacy else None,
            "flatten_results": self.flatten_results if is_legacy else None,
            "labels": {**_labels(context), **(self.labels or {})},
        }
        for name, value in present(plain).items():
            setattr(config, name, value)
        if self.destination_table:
            config.destination = _table(self.destination_table, project)
        if self.default_dataset:
            config.default_dataset = dataset_reference(self.default_dataset, project)
        if self.time_partitioning_field:
            config.time_partitioning = bigquery.TimePartitioning(
                str(self.time_partitioning_type), field=self.time_partitioning_field
            )
        if self.range_partitioning_field:
            config.range_partitioning = bigquery.RangePartitioning(
                bigquery.PartitionRange(
                    self.range_partitioning_start,
                    self.range_partitioning_end,
                    self.range_partitioning_interval,
                ),
                self.range_partitioning_field,
            )
        found: QueryJobConfig = config
        return found


class _QueryRun:
    """One run of a query, in a thread; another thread may stop it."""

    def __init__(self, task: Query, context: TaskContext, path: Path) -> None:
        self._task = task
        self._context = context
        self._job: QueryJob | None = None
        self._is_stopped = False
        self.path = path

    def stop(self) -> None:
        """Let the job end as soon as possible."""
        self._is_stopped = True

    def work(self, client: Client) -> dict[str, Any]:
        """Run the job until it succeeds or may not be tried again; return the outputs."""
        from google.api_core.exceptions import GoogleAPICallError

        policy = self._task.retry_auto or RetryPolicy()
        deadline = time.monotonic() + policy.max_duration.total_seconds()
        number = 1
        while True:
            try:
                return self._once(client, number)
            except GoogleAPICallError as error:
                wait = policy.waits(number) if self._may_pass(error) else None
                if wait is None or time.monotonic() + wait > deadline:
                    raise
                level = LogLevel.WARN if policy.warning_on_retry else LogLevel.INFO
                self._context.log(level, f"{error.message}; trying again in {wait:.0f} s")
            self._sleep(wait)
            number += 1

    def _once(self, client: Client, number: int) -> dict[str, Any]:
        job = self._job = self._started(client, number)
        self._context.log(LogLevel.DEBUG, f"Query job '{job.job_id}' is at {job.self_link}")
        if self._task.dry_run:
            self._count("estimated.bytes.processed", job.total_bytes_processed)
            return {"jobId": job.job_id}
        wait = 0.05
        while not job.done():
            if self._is_stopped:
                job.cancel()
                self._context.log(LogLevel.WARN, f"Query job '{job.job_id}' was cancelled")
                raise TaskFailedError("The query was cancelled")
            time.sleep(wait)
            wait = min(wait * 1.5, 2.0)
        rows = job.result(max_results=self._task.max_results)
        self._tell_costs(job)
        return {
            "jobId": job.job_id,
            "destinationTable": _shown_table(job.destination),
            **self._taken(rows),
        }

    def _started(self, client: Client, number: int) -> QueryJob:
        """Start the job, or find the one that a lost worker started for this attempt."""
        from google.api_core.exceptions import Conflict

        info = self._context.info
        again = f"-{number}" if number > 1 else ""
        name = f"tiercel-{info.task_run_id}-{info.attempt_number}{again}"
        job: Any
        try:
            job = client.query(
                self._task.sql,
                job_config=self._task.config(self._context, client.project),
                job_id=None if self._task.dry_run else name,
                job_retry=None,
            )
        except Conflict:
            job = client.get_job(name)
            self._context.log(LogLevel.INFO, f"Following query job '{name}' of a lost worker")
        found: QueryJob = job
        return found

    def _may_pass(self, error: Any) -> bool:
        reasons = {str(one.get("reason")) for one in error.errors if isinstance(one, Mapping)}
        parts = self._task.retry_messages or ()
        return bool(reasons & set(self._task.retry_reasons)) or any(
            part.lower() in str(error.message).lower() for part in parts
        )

    def _sleep(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if self._is_stopped:
                raise TaskFailedError("The query was cancelled")
            time.sleep(0.1)

    def _taken(self, rows: Any) -> dict[str, Any]:
        """Return the outputs for the rows, which are read page by page."""
        kind = self._task.fetching()
        if kind is FetchType.NONE:
            return {}
        found = ({name: row_value(value) for name, value in row.items()} for row in rows)
        if kind is FetchType.FETCH_ONE:
            first = next(found, None)
            return {"row": output_value(first or {}), "size": 0 if first is None else 1}
        if kind is FetchType.FETCH:
            values = [output_value(row) for row in found]
            return {"rows": values, "size": len(values)}
        size = 0
        with self.path.open("w", encoding="utf-8") as file:
            for row in found:
                file.write(ion_line(row))
                size += 1
        return {"size": size}

    def _tell_costs(self, job: QueryJob) -> None:
        self._count("total.bytes.billed", job.total_bytes_billed)
        self._count("total.bytes.processed", job.total_bytes_processed)
        self._count("num.child.jobs", job.num_child_jobs)
        self._count("cache.hit", int(bool(job.cache_hit)))
        self._count("referenced.tables", len(job.referenced_tables or ()))
        if job.started and job.ended:
            length = (job.ended - job.started) / timedelta(milliseconds=1)
            self._context.metric("timer", "duration", length, {})

    def _count(self, name: str, value: int | None) -> None:
        if value is not None:
            self._context.metric("counter", name, value, {})


def _labels(context: TaskContext) -> dict[str, str]:
    """Return labels that name the task; BigQuery takes lower case, digits, ``_`` and ``-``."""
    info = context.info
    given = {
        "namespace": info.namespace,
        "flow-id": info.flow_id,
        "task-id": info.task_id,
        "execution-id": info.execution_id,
    }
    return {
        f"kestra-{name}": re.sub("[^a-z0-9_-]", "-", value.lower())[:63]
        for name, value in given.items()
    }


def _table(written: str, project: str) -> TableReference:
    from google.cloud.bigquery import TableReference

    found = _TABLE.fullmatch(written.strip("`"))
    if found is None:
        raise TaskFailedError(f"'{written}' names no table: write project.dataset.table")
    return TableReference.from_string(f"{found[1] or project}.{found[2]}.{found[3]}")


def dataset_reference(written: str, project: str) -> Any:
    """Return what a name stands for; one without a project is of the client's."""
    from google.cloud.bigquery import DatasetReference

    return DatasetReference.from_string(written, default_project=project)


def _shown_table(table: TableReference | None) -> dict[str, str] | None:
    if table is None:
        return None
    return {"project": table.project, "dataset": table.dataset_id, "table": table.table_id}
