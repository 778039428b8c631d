"""Executions that others started, and slots of flows: what a step writes besides its own state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tiercel.model.execution import Execution, TaskRun
from tiercel.model.news import News
from tiercel.store.codec import decode_any, decode_execution, encode
from tiercel.store.executions import header_columns, task_run_columns
from tiercel.store.queries import queries
from tiercel.store.values import Claim

if TYPE_CHECKING:
    from tiercel.store.step import Session

_SQL = queries("children")
_CREATE = queries("executions")["create_executions"]
_DESCENDANTS = queries("requests")["descendants"]


@dataclass(frozen=True, slots=True)
class Link:
    """An execution and the attempt that started it.

    Attributes:
        batch: Which batch of a ForEachItem it is for, from 0; None for a Subflow.
        outputs: Template that gives the outputs the parent wants instead of the declared ones.
    """

    execution_id: str
    parent_id: str
    task_run_id: str
    attempt_id: str
    batch: int | None = None
    outputs: Any = None


@dataclass(frozen=True, slots=True)
class Creation:
    """An execution to create with a step.

    Attributes:
        news: Its first news.
        due_at: When that is due.
    """

    execution: Execution
    news: News
    due_at: datetime
    task_runs: Sequence[TaskRun] = ()


class Relations:
    """What one step transaction does to executions it does not own. Part of a StepTransaction."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._creations: list[Creation] = []
        self._links: list[Link] = []
        self._ended: list[str] = []
        self._lingering: dict[str, bool] = {}

    @property
    def is_written(self) -> bool:
        """Whether there is something to send."""
        return bool(self._creations or self._links or self._ended or self._lingering)

    # Slots

    async def lock_flow(self, namespace: str, flow_id: str) -> int | None:
        """Hold a flow's row until the commit; return its latest revision, None when deleted."""
        rows = await self._fetch(_SQL["lock_flow"], namespace, flow_id)
        return rows[0]["revision"] if rows and not rows[0]["deleted"] else None

    async def count_slots(self, namespace: str, flow_id: str) -> int:
        """Return how many executions of a flow hold a slot; the flow must be locked."""
        rows = await self._fetch(_SQL["count_slots"], namespace, flow_id)
        count: int = rows[0]["count"]
        return count

    async def claim_queued(
        self, namespace: str, flow_id: str, limit: int, without: Sequence[str]
    ) -> list[Claim]:
        """Take the oldest QUEUED executions of a flow that nobody else holds."""
        rows = await self._fetch(_SQL["claim_queued"], namespace, flow_id, list(without), limit)
        return [
            Claim(
                execution_id=row["id"],
                version=row["version"],
                namespace=row["namespace"],
                flow_id=row["flow_id"],
                flow_revision=row["flow_revision"],
            )
            for row in rows
        ]

    async def has_queued(self, namespace: str, flow_id: str, without: Sequence[str]) -> bool:
        """Whether a flow has QUEUED executions besides these."""
        rows = await self._fetch(_SQL["has_queued"], namespace, flow_id, list(without))
        found: bool = rows[0]["found"]
        return found

    def linger(self, execution_id: str, lingers: bool) -> None:
        """Note whether an execution whose state is final holds a slot until it is over."""
        self._lingering[execution_id] = lingers

    # Children

    def create(self, creation: Creation) -> None:
        """Create an execution at the end of the block; an id that is taken is left as it is."""
        self._creations.append(creation)

    def link(self, link: Link) -> None:
        """Remember who is to be told of the end of an execution."""
        self._links.append(link)

    def end(self, execution_id: str) -> None:
        """Note that whoever waited for an execution is told."""
        self._ended.append(execution_id)

    async def lock_execution(self, execution_id: str) -> Execution | None:
        """Return an execution, on which no step runs until the commit; None when there is none."""
        rows = await self._fetch(_SQL["lock_execution"], execution_id)
        return decode_execution(rows[0]["document"]) if rows else None

    async def open_links(self, execution_ids: Sequence[str]) -> list[Link]:
        """Return who waits for executions, those of this transaction included."""
        wanted = frozenset(execution_ids)
        own = [link for link in self._links if link.execution_id in wanted]
        rows = await self._fetch(_SQL["open_links"], list(wanted))
        return [_link(row) for row in rows] + own

    async def links_from(self, parent_id: str, task_run_id: str) -> list[Link]:
        """Return what a task run started, oldest first."""
        return [_link(row) for row in await self._fetch(_SQL["links_from"], parent_id, task_run_id)]

    async def with_descendants(self, execution_ids: Sequence[str]) -> list[str]:
        """Return executions and all below them that are not over."""
        rows = await self._fetch(_DESCENDANTS, list(execution_ids))
        return list(dict.fromkeys([*execution_ids, *(row["id"] for row in rows)]))

    async def flush(self) -> None:
        """Send what was created and linked."""
        if self._creations:
            headers = [item.execution for item in self._creations]
            columns = header_columns(headers)
            columns[-1] = [item.due_at for item in self._creations]
            runs = [run for item in self._creations for run in item.task_runs]
            news = [encode(item.news) for item in self._creations]
            await self._fetch(_CREATE, *columns, news, *task_run_columns(runs))
        if self._links:
            await self._fetch(
                _SQL["link_children"],
                [link.execution_id for link in self._links],
                [link.parent_id for link in self._links],
                [link.task_run_id for link in self._links],
                [link.attempt_id for link in self._links],
                [link.batch for link in self._links],
                [None if link.outputs is None else encode(link.outputs) for link in self._links],
            )
        if self._ended:
            await self._fetch(_SQL["end_links"], self._ended)
        if self._lingering:
            lingering = self._lingering
            await self._fetch(_SQL["linger"], list(lingering), list(lingering.values()))

    async def _fetch(self, query: str, *args: object) -> list[Any]:
        return await self._session.fetch(query, *args)


def _link(row: Any) -> Link:
    outputs = row["outputs"]
    return Link(
        execution_id=row["execution_id"],
        parent_id=row["parent_id"],
        task_run_id=row["task_run_id"],
        attempt_id=row["attempt_id"],
        batch=row["batch"],
        outputs=None if outputs is None else decode_any(outputs),
    )
