"""Jobs and reports between an executor and a worker of one process."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from tiercel.bus import Handover, LocalDelivery, MessageRefusedError
from tiercel.bus import handover as module
from tiercel.model.job import Job, LogEntry
from tiercel.model.news import AttemptEnded, ExecutionNews
from tiercel.model.state import StateType
from tiercel.model.task import LogLevel

NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Worker:
    """A worker with some slots that remembers what an executor asked of it."""

    group = "default"

    def __init__(self, slots: int) -> None:
        self.free = slots
        self.expecting = False
        self.started: list[Job] = []

    def reserve(self, job: Job) -> bool:
        if not self.free:
            return False
        self.free -= 1
        return True

    def drop(self, job: Job) -> None:
        self.vacate()

    def vacate(self) -> None:
        self.free += 1

    def expect(self) -> None:
        self.expecting = True

    def start(self, job: Job) -> None:
        self.started.append(job)

    def stop_attempt(self, attempt_id: str) -> None:
        raise AssertionError(attempt_id)


def job(attempt_id: str, **changes: Any) -> Job:
    facts: dict[str, Any] = {
        "attempt_id": attempt_id,
        "task_run_id": "run",
        "execution_id": "one",
        "namespace": "company.team",
        "flow_id": "flow",
        "flow_revision": 1,
        "task_id": "task",
        "attempt_number": 0,
        "type": "test.Task",
        "properties": {"list": [1]},
        "variables": {},
    }
    return Job(**{**facts, **changes})


def ended(**outputs: Any) -> ExecutionNews:
    news = AttemptEnded("run", "a", 1, "w", StateType.SUCCESS, NOW, NOW, outputs)
    return ExecutionNews("one", news)


def entry(message: str) -> LogEntry:
    return LogEntry("one", "company.team", "flow", NOW, LogLevel.INFO, message)


@pytest.fixture
def link() -> Handover:
    return Handover("here", limit_bytes=1_000)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PATIENCE_SECONDS", 0.01)


def test_jobs_are_handed_over_while_slots_are_free(link: Handover) -> None:
    worker = Worker(2)
    assert link.reserve([job("early")]) == []
    link.open(worker)
    jobs = link.reserve([job("a"), job("b", worker_group="other"), job("c"), job("d")])
    assert [item.attempt_id for item in jobs] == ["a", "c"]
    assert worker.expecting
    link.start(jobs)
    assert [item.attempt_id for item in worker.started] == ["a", "c"]
    link.close()
    assert link.reserve([job("late")]) == []


def test_jobs_that_were_not_written_give_their_slots_back(link: Handover) -> None:
    worker = Worker(2)
    link.open(worker)
    link.drop(link.reserve([job("a"), job("b")]))
    assert worker.free == 2
    assert not worker.expecting


def test_a_job_is_a_copy(link: Handover) -> None:
    link.open(Worker(1))
    original = job("a")
    [copy] = link.reserve([original])
    assert copy == original
    copy.properties["list"].append(2)
    assert original.properties == {"list": [1]}


def test_what_is_too_big_for_the_bus_goes_the_long_way(link: Handover) -> None:
    worker = Worker(1)
    link.open(worker)
    assert link.reserve([job("a", variables={"big": "x" * 1_000})]) == []
    assert worker.free == 1


async def test_too_big_news_is_refused(link: Handover) -> None:
    with pytest.raises(MessageRefusedError):
        await link.report(ended(big="x" * 1_000), [])
    assert link.take_reports() == []


async def test_a_report_ends_when_it_is_written(link: Handover) -> None:
    heard = asyncio.Event()
    link.listen(heard.set)
    reporting = asyncio.create_task(link.report(ended(n=1), [entry("last words")]))
    await heard.wait()
    [report] = link.take_reports()
    assert report.execution_news == ended(n=1)
    assert [item.message for item in report.logs] == ["last words"]
    assert not reporting.done()
    report.written.set_result(None)
    assert await reporting is None


async def test_a_report_that_nobody_takes_goes_over_the_bus(
    link: Handover, impatient: None
) -> None:
    assert await link.report(ended(), [entry("x")]) == [entry("x")]
    assert link.take_reports() == []


async def test_of_a_report_that_is_being_written_the_news_goes_over_the_bus_too(
    link: Handover, impatient: None
) -> None:
    reporting = asyncio.create_task(link.report(ended(), [entry("x")]))
    await asyncio.sleep(0)
    taken = link.take_reports()
    assert await reporting == ()
    link.put_back(taken)
    assert link.take_reports() == taken


async def test_reports_keep_their_order_when_they_come_back(link: Handover) -> None:
    for number in range(2):
        link.tell(ended(n=number))
    first = link.take_reports()
    link.tell(ended(n=2))
    link.put_back(first)
    found = [report.execution_news for report in link.take_reports()]
    assert found == [ended(n=0), ended(n=1), ended(n=2)]


async def test_a_slot_is_let_go_once() -> None:
    worker, given = Worker(0), list[Job]()

    async def give_back(items: Sequence[Job]) -> None:
        given.extend(items)

    delivery = LocalDelivery(job("a"), worker.vacate, give_back)
    delivery.leave_slot()
    await delivery.ack()
    assert worker.free == 1
    await delivery.release()
    assert worker.free == 1
    assert [(item.attempt_id, item.is_repeated) for item in given] == [("a", True)]
