"""What is wrong with an installation, and how long a silent process is remembered."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from tiercel.bus import BusFacts, Process
from tiercel.model.errors import ServerUnavailableError
from tiercel.services.presence import FORGOTTEN_AFTER, LOST_AFTER, Attendance, Heard
from tiercel.services.status import Disk, Report, problems
from tiercel.store import DatabaseFacts, Waiting

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
ALL = ("executor", "indexer", "scheduler", "webserver", "worker")


def process(id: str, *roles: str, **more: Any) -> Process:
    return Process(id, roles or ALL, "host1", 7, "1.0", NOW, **more)


def heard(*processes: Process, is_lost: bool = False) -> list[Heard]:
    return [Heard(item, NOW, is_lost) for item in processes]


def waiting(count: int, seconds: float) -> Waiting:
    return Waiting(count, NOW - timedelta(seconds=seconds))


WELL = Report(
    at=NOW,
    processes=heard(process("a", group="default", slots=4)),
    jobs={},
    news=Waiting(0, None),
    unindexed=0,
    database=DatabaseFacts("16.1", "tiercel", 1, 2, 100),
    bus=BusFacts("2.10", "localhost:4222", 0, 0),
    disk=Disk(Path("/data"), 1 << 40, 1 << 41),
)


def messages(**changes: Any) -> list[str]:
    return [problem.message for problem in problems(replace(WELL, **changes))]


def test_nothing_is_wrong_with_what_is_well() -> None:
    assert problems(WELL) == []


def test_servers_that_are_away_come_first() -> None:
    away = ServerUnavailableError("connection refused")
    found = messages(database=away, bus=away, jobs=None, news=None, unindexed=None, processes=[])
    assert found == [
        "PostgreSQL does not answer: connection refused",
        "NATS does not answer: connection refused",
    ]


def test_roles_that_nobody_has_are_named() -> None:
    found = messages(processes=heard(process("a", "webserver"), process("b", "executor")))
    assert found == ["There is no scheduler", "There is no indexer"]


def test_jobs_without_a_worker_are_told_with_the_command_that_starts_one() -> None:
    [problem] = problems(replace(WELL, jobs={"gpu": waiting(3, 60), "default": waiting(1, 5)}))
    assert problem.message == "3 jobs wait for a worker of group 'gpu'"
    assert problem.hint == "start one: tiercel server worker --worker-group gpu"
    assert problem.is_grave


def test_jobs_that_wait_for_a_slot_are_no_grave_matter() -> None:
    [problem] = problems(replace(WELL, jobs={"default": waiting(9, 60)}))
    assert problem.message == "9 jobs of group 'default' wait for one of its 4 slots"
    assert not problem.is_grave


def test_work_that_is_behind_is_told() -> None:
    assert messages(news=waiting(12, 30.4), unindexed=20_000) == [
        "Executors are 30 s behind with 12 news",
        "20000 messages with log entries are not in the database yet",
    ]


def test_lost_processes_versions_and_the_disk_are_told() -> None:
    other = replace(WELL, processes=[*WELL.processes, *heard(process("b"), is_lost=True)])
    assert [item.message for item in problems(other)] == [
        "A process is silent: executor, indexer, scheduler, webserver, worker on host1 (process 7)"
    ]
    newer = Process("c", ("worker",), "host2", 8, "1.1", NOW)
    assert messages(processes=[*WELL.processes, *heard(newer)]) == [
        "Processes of different versions run: 1.0, 1.1"
    ]
    assert messages(disk=Disk(Path("/data"), 300 << 20, 1 << 41)) == [
        "Only 300 MiB are free on the disk of /data"
    ]


def test_who_falls_silent_is_lost_then_forgotten_and_who_leaves_is_gone() -> None:
    clock = [NOW]
    attendance = Attendance(cast("Any", None), clock=lambda: clock[0])
    attendance.note(process("a"))
    attendance.note(process("b"))
    attendance.note(process("b", has_ended=True))
    assert [(item.process.id, item.is_lost) for item in attendance.processes()] == [("a", False)]
    clock[0] = NOW + LOST_AFTER + timedelta(seconds=1)
    assert [item.is_lost for item in attendance.processes()] == [True]
    clock[0] = NOW + FORGOTTEN_AFTER + timedelta(seconds=1)
    assert attendance.processes() == []
