"""Log entries, metrics, the partitions they live in, and states of triggers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from store_values import LATER, NOW, SOON, log, metric

from tiercel.model.task import LogLevel
from tiercel.store import (
    ALL_LOGS,
    Condition,
    LogFilter,
    LogShare,
    Operation,
    Sort,
    Store,
    TriggerState,
)

TODAY = datetime.now(UTC).replace(hour=12)


@pytest.fixture
async def logged(store: Store) -> Store:
    await store.logs.copy(
        [
            log("one", "third", 0, timestamp=NOW + SOON, level=LogLevel.ERROR, attempt_number=1),
            log("one", "second", 1, task_run_id="run", task_id="extract", attempt_number=0),
            log("one", "first", 0, task_run_id="run", task_id="extract", level=LogLevel.DEBUG),
            log("two", "other", 0, trigger_id="every_night"),
        ]
    )
    return store


async def messages(store: Store, wanted: LogFilter = ALL_LOGS, **more: Any) -> list[str]:
    entries = await store.logs.list("one", wanted, **more)
    return [entry.message for entry in entries]


async def test_any_page_of_a_log_is_read_by_where_the_one_before_ends(store: Store) -> None:
    await store.logs.copy([log("one", f"line {n}", n) for n in range(7)])
    wanted = LogFilter(text="LINE")
    pages = await store.logs.pages("one", wanted, 3)
    assert pages.total == 7
    assert len(pages.ends) == 3
    read = [
        [entry.message for entry in await store.logs.list("one", wanted, after=place, limit=3)]
        for place in (None, *pages.ends)
    ]
    assert read == [
        ["line 0", "line 1", "line 2"],
        ["line 3", "line 4", "line 5"],
        ["line 6"],
        [],
    ]


async def test_pages_tell_how_many_warnings_and_errors_there_are_up_to_their_ends(
    store: Store,
) -> None:
    levels = [LogLevel.WARN, LogLevel.INFO, LogLevel.ERROR, LogLevel.WARN, LogLevel.WARN]
    await store.logs.copy([log("one", "line", n, level=level) for n, level in enumerate(levels)])
    pages = await store.logs.pages("one", ALL_LOGS, 2)
    assert (pages.warnings, pages.errors) == ([1, 2, 3], [0, 1, 1])
    pages = await store.logs.pages("one", LogFilter(min_level=LogLevel.ERROR), 2)
    assert (pages.warnings, pages.errors) == ([0], [1])


async def test_a_log_is_shared_among_task_runs_and_the_execution_itself(logged: Store) -> None:
    shares = await logged.logs.task_runs("one", ALL_LOGS)
    assert shares == [LogShare("run", "extract", 2, 0, 0), LogShare(None, None, 1, 0, 1)]
    assert await logged.logs.task_runs("one", LogFilter(text="SECOND")) == [
        LogShare("run", "extract", 1, 0, 0)
    ]


@pytest.mark.parametrize(
    ("wanted", "messages"),
    [
        (LogFilter(task_run_id=""), ["third"]),
        (LogFilter(min_level=LogLevel.ERROR), ["third"]),
        (LogFilter(task_run_id="run"), ["first", "second"]),
        (LogFilter(task_id="extract", min_level=LogLevel.INFO), ["second"]),
        (LogFilter(text="IR"), ["first", "third"]),
        (LogFilter(attempt=1), ["third"]),
        (LogFilter(text="%"), []),
        (LogFilter(text="\0"), []),
    ],
)
async def test_pages_count_what_fits(logged: Store, wanted: LogFilter, messages: list[str]) -> None:
    found = await logged.logs.list("one", wanted, limit=10)
    assert [entry.message for entry in found] == messages
    assert all(map(wanted.fits, found))
    assert (await logged.logs.pages("one", wanted, 10)).total == len(messages)


async def test_entries_come_by_time_then_sequence(logged: Store) -> None:
    assert await messages(logged) == ["first", "second", "third"]
    assert await logged.logs.list("none") == []


async def test_entries_are_filtered(logged: Store) -> None:
    assert await messages(logged, LogFilter(min_level=LogLevel.INFO)) == ["second", "third"]
    assert await messages(logged, LogFilter(task_run_id="run")) == ["first", "second"]
    assert await messages(logged, LogFilter(task_id="extract", attempt=0)) == ["second"]
    assert await messages(logged, limit=1) == ["first"]


async def test_pages_of_entries_follow_each_other(logged: Store) -> None:
    [first] = await logged.logs.list("one", limit=1)
    assert await messages(logged, after=first) == ["second", "third"]


async def test_an_entry_comes_back_as_it_was(store: Store) -> None:
    entry = log("one", "text", 3, task_id="a", task_run_id="b", attempt_number=2, trigger_id="t")
    await store.logs.copy([entry])
    assert await store.logs.list("one") == [entry]
    await store.logs.copy([])


async def test_entries_are_deleted_by_what_fits(logged: Store) -> None:
    assert await logged.logs.delete("one", LogFilter(min_level=LogLevel.ERROR)) == 1
    assert await logged.logs.delete("one") == 2
    assert await logged.logs.delete_of_flow("company.team", "load", "other") == 0
    assert await logged.logs.delete_of_flow("company.team", "load", "every_night") == 1


async def test_entries_of_all_executions_are_searched(logged: Store) -> None:
    rows, total = await logged.logs.search(
        [Condition("level", Operation.IN, ["INFO", "ERROR"])],
        sort=[Sort("timestamp", descending=True)],
        size=2,
    )
    assert (rows[0].message, total) == ("third", 3)
    rows, _ = await logged.logs.search([Condition("q", Operation.EQUALS, "OTHER")])
    assert [row.execution_id for row in rows] == ["two"]


async def test_metrics_are_listed_by_execution(store: Store) -> None:
    rows = metric("one", "rows", 3.5, tags={"z": "1", "a": "2"})
    size = metric("one", "size", 1, task_id="load", timestamp=LATER)
    await store.metrics.copy([size, rows, metric("two", "rows", 9)])
    await store.metrics.copy([])
    assert await store.metrics.list("one") == ([rows, size], 2)
    assert await store.metrics.list("one", task_id="load", task_run_id="run") == ([size], 1)
    by_value = await store.metrics.list("one", sort=[Sort("value")], size=1)
    assert by_value == ([size], 2)
    assert await store.metrics.names("company.team", "load") == ["rows", "size"]
    assert await store.metrics.names("company.team", "load", "load") == ["size"]
    assert await store.metrics.tasks("company.team", "load") == ["extract", "load"]
    assert await store.metrics.delete("one") == 2


@pytest.fixture
async def fresh(empty_database_url: str) -> AsyncIterator[Store]:
    made = await Store.connect(empty_database_url)
    await made.migrate()
    yield made
    await made.close()


def partitions(url: str) -> dict[str, int]:
    """Rows by partition, empty ones included."""
    query = (
        "SELECT inhrelid::regclass::text FROM pg_inherits"
        " WHERE inhparent = 'tiercel.logs'::regclass"
    )
    with psycopg.connect(url) as connection:
        names = [row[0] for row in connection.execute(query)]
        counts = {}
        for name in names:
            row = connection.execute(f"SELECT count(*) FROM {name}").fetchone()
            counts[name.removeprefix("tiercel.")] = row[0] if row else 0
    return counts


async def test_days_get_partitions_when_they_are_written(
    fresh: Store, empty_database_url: str
) -> None:
    yesterday = TODAY - timedelta(days=1)
    await fresh.logs.copy([log("one", "a", timestamp=yesterday), log("one", "b", timestamp=TODAY)])
    found = partitions(empty_database_url)
    assert found[f"logs_{yesterday:%Y%m%d}"] == 1
    assert found[f"logs_{TODAY:%Y%m%d}"] == 1
    assert found[f"logs_{TODAY + timedelta(days=1):%Y%m%d}"] == 0
    assert found["logs_default"] == 0


async def test_a_clock_that_is_wrong_by_years_makes_no_partitions(
    fresh: Store, empty_database_url: str
) -> None:
    moments = [datetime(1970, 1, 1, tzinfo=UTC), datetime(2199, 5, 5, tzinfo=UTC)]
    await fresh.logs.copy([log("one", str(moment), timestamp=moment) for moment in moments])
    assert partitions(empty_database_url) == {"logs_default": 2}
    assert [entry.timestamp for entry in await fresh.logs.list("one")] == moments


async def test_a_day_whose_rows_are_in_the_default_partition_stays_there(
    fresh: Store, empty_database_url: str
) -> None:
    with psycopg.connect(empty_database_url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO tiercel.logs"
            " VALUES (%s, %s, 0, '', 'n', 'f', NULL, NULL, NULL, %s, '', '')",
            ("one", TODAY, "INFO"),
        )
    await fresh.logs.copy([log("one", "more", timestamp=TODAY)])
    assert partitions(empty_database_url)["logs_default"] == 2


async def test_old_days_are_dropped_but_for_what_is_kept(fresh: Store) -> None:
    days = [TODAY - timedelta(days=age) for age in (3, 2, 0)]
    for name in ("one", "two"):
        await fresh.logs.copy([log(name, str(day), timestamp=day) for day in days])
    partitions = fresh.logs.partitions
    assert (await partitions.days())[0] == days[0].date()
    assert await partitions.drop(days[0].date(), ["two"])
    assert days[0].date() not in await partitions.days()
    assert len(await fresh.logs.list("one")) == 2
    assert len(await fresh.logs.list("two")) == 3
    await fresh.logs.copy([log("one", "late", timestamp=days[0])])
    assert len(await fresh.logs.list("one")) == 3
    assert await partitions.drop(days[0].date())


async def test_two_processes_make_the_same_partition_once(
    fresh: Store, empty_database_url: str
) -> None:
    other = await Store.connect(empty_database_url)
    await fresh.logs.partitions.ensure([TODAY])
    await other.logs.partitions.ensure([TODAY])
    await other.close()
    assert len(partitions(empty_database_url)) == 3


async def test_the_state_of_a_trigger_is_kept(store: Store) -> None:
    state = TriggerState(
        "company",
        "load",
        "every_night",
        next_date=NOW,
        stop_after=("FAILED", "KILLED"),
        result="FIRED",
        execution_id="one",
    )
    await store.triggers.save(state)
    assert await store.triggers.get("company", "load", "every_night") == state
    await store.triggers.save(TriggerState("company", "load", "every_night", disabled=True))
    changed = await store.triggers.get("company", "load", "every_night")
    assert changed is not None
    assert (changed.disabled, changed.result, changed.next_date) == (True, None, None)
    assert await store.triggers.delete("company", "load", "every_night") is True
    assert await store.triggers.delete("company", "load", "every_night") is False
    assert await store.triggers.get("company", "load", "every_night") is None


async def test_the_next_due_date_is_that_of_a_trigger_that_may_fire(store: Store) -> None:
    assert (await store.triggers.look()).next_date is None
    for key, date, options in (
        ("later", LATER, {}),
        ("new", None, {}),
        ("off", NOW - SOON, {"disabled": True}),
        ("locked", NOW - SOON, {"execution_id": "one"}),
        ("idle", NOW - SOON, {"is_active": False}),
        ("now", NOW, {}),
    ):
        await store.triggers.save(TriggerState("company", "load", key, next_date=date, **options))
    assert (await store.triggers.look()).next_date == NOW
    rows, total = await store.triggers.search([Condition("q", Operation.EQUALS, "o")], size=2)
    assert ([row.trigger_id for row in rows], total) == (["idle", "later"], 6)
