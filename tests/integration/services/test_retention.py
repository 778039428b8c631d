"""What ended long ago goes; what has not ended stays, however old it is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tiercel.model.errors import IllegalArgumentError
from tiercel.model.execution import Execution, ExecutionTrigger, TaskRun
from tiercel.model.job import LogEntry, MetricEntry
from tiercel.model.news import KillRequested
from tiercel.model.state import State, StateType
from tiercel.model.task import LogLevel
from tiercel.services.kv import KeyValues, typed_value
from tiercel.services.retention import Retention, RetentionOptions, Swept
from tiercel.storage import LocalStorage
from tiercel.storage.paths import execution_folder, file_in
from tiercel.store import Store

NOW = datetime.now(UTC)
SUCCESS, RUNNING, PAUSED = StateType.SUCCESS, StateType.RUNNING, StateType.PAUSED
DAY = timedelta(days=1)


@pytest.fixture
def storage(tmp_path: Path) -> LocalStorage:
    return LocalStorage(tmp_path / "storage")


def sweeper(store: Store, storage: LocalStorage, *, after: timedelta, **options: Any) -> Retention:
    """Return a retention whose clock shows some time from now."""
    return Retention(
        store,
        storage,
        KeyValues(storage),
        RetentionOptions(**options),
        clock=lambda: NOW + after,
        pause=0,
    )


async def add(
    store: Store,
    storage: LocalStorage,
    key: str,
    state: StateType = SUCCESS,
    *,
    at: datetime = NOW,
    namespace: str = "company.team",
    **fields: Any,
) -> None:
    """Store an execution with all that belongs to one; it is consumed by nobody."""
    steps = [(StateType.CREATED, at), (StateType.RUNNING, at)]
    state_ = State.of(*steps, *([] if state is RUNNING else [(state, at)]))
    execution = Execution(
        id=key, original_id=key, namespace=namespace, flow_id="load", flow_revision=1,
        state=state_, **fields,
    )  # fmt: skip
    run = TaskRun(id=f"{key}-run", execution_id=key, task_id="t", sequence=0, state=state_)
    await store.executions.create([execution], task_runs=[run])
    places = {"execution_id": key, "namespace": namespace, "flow_id": "load", "timestamp": at}
    await store.logs.copy([LogEntry(level=LogLevel.INFO, message=key, **places)])
    await store.metrics.copy(
        [MetricEntry(task_id="t", task_run_id=run.id, type="counter", name="n", value=1, **places)]
    )
    folder = execution_folder(namespace, "load", key)
    await storage.put(file_in(folder, "out.txt"), b"content")


def clear_inbox(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DELETE FROM tiercel.inbox")


def count(url: str, table: str) -> int:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(f"SELECT count(*) FROM tiercel.{table}").fetchone()
    assert row is not None
    return int(row[0])


async def kept(store: Store, *keys: str) -> set[str]:
    return {key for key in keys if await store.executions.get(key) is not None}


async def test_what_ended_goes_with_everything_that_belongs_to_it(
    store: Store, storage: LocalStorage, migrated_url: str
) -> None:
    await add(store, storage, "old")
    await add(store, storage, "young", at=NOW + 20 * DAY)
    clear_inbox(migrated_url)
    swept = await sweeper(store, storage, after=31 * DAY).sweep()
    assert (swept.executions, swept.folders) == (1, 1)
    assert str(swept).startswith("1 executions, 1 folders of files, ")
    assert await kept(store, "old", "young") == {"young"}
    assert {name.partition(" ")[0] for name in swept.partitions} == {"logs", "metrics"}
    assert await store.logs.list("old") == []
    assert [entry.message for entry in await store.logs.list("young")] == ["young"]
    assert [count(migrated_url, name) for name in ("task_runs", "metrics", "stale_folders")] == [
        *(1, 1, 0)
    ]
    files = [file.uri for file in await storage.list("kestra:///company/team")]
    assert files == ["kestra:///company/team/load/executions/young/out.txt"]
    assert not await sweeper(store, storage, after=31 * DAY).sweep()


@pytest.mark.parametrize("state", [RUNNING, PAUSED, StateType.QUEUED, StateType.KILLING])
async def test_what_has_not_ended_is_not_touched(
    store: Store, storage: LocalStorage, migrated_url: str, state: StateType
) -> None:
    await add(store, storage, "open", state)
    clear_inbox(migrated_url)
    swept = await sweeper(store, storage, after=400 * DAY).sweep()
    assert swept.executions == 0
    assert await kept(store, "open") == {"open"}
    assert [entry.message for entry in await store.logs.list("open")] == ["open"]
    assert (await store.metrics.list("open"))[1] == 1
    assert len(await storage.list(execution_folder("company.team", "load", "open"))) == 1


async def test_what_is_about_to_go_on_is_not_touched(
    store: Store, storage: LocalStorage, migrated_url: str
) -> None:
    await add(store, storage, "restarted")
    async with store.requests.begin() as request:
        await request.lock(["restarted"])
        await request.post({"restarted": KillRequested()}, NOW)
    assert (await sweeper(store, storage, after=40 * DAY).sweep()).executions == 0


async def test_what_a_step_holds_is_left_for_the_next_time(
    store: Store, storage: LocalStorage, migrated_url: str
) -> None:
    await add(store, storage, "held")
    clear_inbox(migrated_url)
    async with store.requests.begin() as request:
        await request.lock(["held"])
        assert (await sweeper(store, storage, after=40 * DAY).sweep()).executions == 0
    assert (await sweeper(store, storage, after=40 * DAY).sweep()).executions == 1


async def test_namespaces_have_rules_of_their_own(
    store: Store, storage: LocalStorage, migrated_url: str
) -> None:
    for namespace in ("short", "plain", "long", "long.below", "forever", "forever.not"):
        await add(store, storage, namespace, namespace=namespace)
    clear_inbox(migrated_url)
    rules = {"short": 5, "long": 90, "forever": 0, "forever.not": 10}
    left = []
    for days in (6, 11, 31, 91):
        swept = await sweeper(store, storage, after=days * DAY, namespaces=rules).sweep()
        assert swept.partitions == []
        left.append(sorted(entry.message for entry in (await store.logs.search(size=100))[0]))
    assert left == [
        ["forever", "forever.not", "long", "long.below", "plain"],
        ["forever", "long", "long.below", "plain"],
        ["forever", "long", "long.below"],
        ["forever"],
    ]
    assert await kept(store, *rules, "plain", "long.below") == {"forever"}


async def test_nothing_goes_when_it_is_switched_off(
    store: Store, storage: LocalStorage, migrated_url: str
) -> None:
    await add(store, storage, "old")
    clear_inbox(migrated_url)
    assert await sweeper(store, storage, after=4000 * DAY, days=0).sweep() == Swept()


async def test_logs_of_triggers_go_by_their_age(store: Store, storage: LocalStorage) -> None:
    for namespace in ("plain", "long"):
        entry = LogEntry("", namespace, "f", NOW, LogLevel.INFO, namespace, trigger_id="t")
        await store.logs.copy([entry])
    await sweeper(store, storage, after=32 * DAY, namespaces={"long": 90}).sweep()
    assert [item.message for item in (await store.logs.search())[0]] == ["long"]
    await sweeper(store, storage, after=92 * DAY, namespaces={"long": 90}).sweep()
    assert (await store.logs.search())[0] == []


async def test_files_that_a_crash_left_go_the_next_time(
    store: Store, storage: LocalStorage, migrated_url: str
) -> None:
    await add(store, storage, "old")
    clear_inbox(migrated_url)
    folder = execution_folder("company.team", "load", "old")
    batch = await store.retention.purge(
        ("company.team", "load"), NOW + DAY, (datetime(1, 1, 1, tzinfo=UTC), ""),
        limit=10, folder_of=lambda _: folder,
    )  # fmt: skip
    assert batch is not None
    assert batch.deleted == 1
    assert len(await storage.list(folder)) == 1
    assert (await sweeper(store, storage, after=40 * DAY).sweep()).folders == 1
    assert await storage.list(folder) == ()


async def test_one_process_at_a_time(
    store: Store, storage: LocalStorage, migrated_url: str
) -> None:
    for number in range(20):
        await add(store, storage, f"old{number:02d}")
    clear_inbox(migrated_url)
    sweepers = [sweeper(store, storage, after=40 * DAY, batch=3) for _ in range(3)]
    swept = await asyncio.gather(*(item.sweep() for item in sweepers))
    assert sum(item.executions for item in swept) == 20


async def test_deleting_old_executions_tells_schedulers_nothing(
    store: Store, storage: LocalStorage, migrated_url: str
) -> None:
    trigger = ExecutionTrigger("nightly", "io.kestra.plugin.core.trigger.Schedule")
    await add(store, storage, "old", at=NOW - 40 * DAY, trigger=trigger)
    clear_inbox(migrated_url)
    assert (await sweeper(store, storage, after=timedelta()).sweep()).executions == 1
    assert count(migrated_url, "transitions") == 0


async def test_the_next_days_have_their_partitions(store: Store, storage: LocalStorage) -> None:
    await sweeper(store, storage, after=timedelta()).sweep()
    for partitions in (store.logs.partitions, store.metrics.partitions):
        days = await partitions.days()
        assert {NOW.date() + number * DAY for number in range(3)} <= set(days)


async def test_entries_whose_time_is_over_are_deleted(store: Store, storage: LocalStorage) -> None:
    kv = KeyValues(storage)
    await kv.set("a.b", "short", typed_value("1"), ttl=timedelta(minutes=1))
    await kv.set("a.b", "long", typed_value("1"), ttl=timedelta(days=9))
    await kv.set("a.b", "ever", typed_value("1"))
    assert (await sweeper(store, storage, after=timedelta(hours=2)).sweep()).entries == 0
    assert (await sweeper(store, storage, after=2 * DAY).sweep()).entries == 1
    assert [entry.key for entry in await kv.list("a.b")] == ["ever", "long"]


async def test_it_sweeps_until_it_is_stopped(
    store: Store, storage: LocalStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tiercel.services.retention._FIRST_SECONDS", 0.0)
    retention = sweeper(store, storage, after=timedelta(), every=timedelta(seconds=0.01))
    sweeps = asyncio.Event()
    monkeypatch.setattr(retention, "sweep", _counting(sweeps, 3))
    running = asyncio.create_task(retention.run())
    await asyncio.wait_for(sweeps.wait(), 60)
    await retention.stop()
    await asyncio.wait_for(running, 60)


def _counting(done: asyncio.Event, wanted: int) -> Callable[[], Any]:
    calls = 0

    async def sweep() -> Swept:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise OSError("the disk is away for a while")
        if calls >= wanted:
            done.set()
        return Swept()

    return sweep


@pytest.mark.parametrize("days", [-1, 40_000])
def test_what_is_no_number_of_days(days: int) -> None:
    with pytest.raises(IllegalArgumentError, match="days"):
        RetentionOptions(namespaces={"a": days})


def test_the_nearest_rule_counts() -> None:
    options = RetentionOptions(days=30, namespaces={"a": 7, "a.b.c": 0})
    found = [options.days_of(name) for name in ("a", "a.b", "a.b.c", "a.b.c.d", "ab")]
    assert found == [7, 7, 0, 0, 30]
