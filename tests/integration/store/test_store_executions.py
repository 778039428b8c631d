"""Executions outside of steps: created in groups, searched by every field, deleted whole."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import psycopg
import pytest
from store_values import LATER, NOW, SOON, execution, job, log, metric, result, task_run

from tiercel.model.errors import IllegalArgumentError, NotFoundError
from tiercel.model.execution import ExecutionTrigger, Label
from tiercel.model.news import KillRequested
from tiercel.model.state import StateType
from tiercel.store import Condition, Operation, Sort, Store

FINANCE, LABS, URGENT = Label("team", "finance"), Label("team", "labs"), Label("urgent", "yes")


async def test_creating_again_does_nothing(store: Store) -> None:
    first = execution("one", inputs={"day": 1})
    assert await store.executions.create([first, execution("two")]) == ["one", "two"]
    assert await store.executions.create([execution("one"), execution("three")]) == ["three"]
    assert await store.executions.get("one") == first
    async with store.step(NOW) as step:
        assert sorted(len(claim.news) for claim in step.claims) == [1, 1, 1]


async def test_an_execution_can_begin_with_task_runs_and_other_news(store: Store) -> None:
    run = task_run("one", "kept", outputs={"a": 1})
    await store.executions.create([execution("one")], KillRequested(), [run])
    stored = await store.executions.with_task_runs("one")
    assert stored == (execution("one"), [run], 0)
    async with store.step(NOW) as step:
        assert [item.news for item in step.claims[0].news] == [KillRequested()]


async def test_calls_at_once_share_few_transactions(store: Store, database_url: str) -> None:
    calls = [store.executions.create([execution(f"e{index}")]) for index in range(200)]
    answers = await asyncio.gather(*calls)
    assert answers == [[f"e{index}"] for index in range(200)]
    with psycopg.connect(database_url) as connection:
        query = "SELECT count(*), count(DISTINCT xmin::text) FROM tiercel.executions"
        row = connection.execute(query).fetchone()
    assert row is not None
    assert row[0] == 200
    assert row[1] <= 5


async def test_closing_writes_what_is_under_way(store: Store, database_url: str) -> None:
    other = await Store.connect(database_url)
    creation = asyncio.create_task(other.executions.create([execution("one")]))
    await asyncio.sleep(0)
    await other.close()
    assert await creation == ["one"]
    assert await store.executions.get("one") is not None


async def test_unknown_executions_are_none(store: Store) -> None:
    assert await store.executions.get("none") is None
    assert await store.executions.with_task_runs("none") is None
    assert await store.executions.delete("none") is False
    with pytest.raises(NotFoundError, match="Execution 'none' not found"):
        await store.inbox.add("none", KillRequested())


async def test_deleting_takes_everything_along(store: Store, database_url: str) -> None:
    await store.executions.create([execution("one"), execution("two")])
    async with store.step(NOW) as step:
        for claim in step.claims:
            key = claim.execution_id
            step.write(
                result(
                    claim,
                    task_runs=[task_run(key, key + "run")],
                    timers=[(LATER, KillRequested())],
                    jobs=[job(key, key)],
                    logs=[log(key, "entry")],
                    metrics=[metric(key, "rows", 1)],
                )
            )
    assert await store.executions.delete("one") is True
    tables = ("executions", "task_runs", "inbox", "jobs", "logs", "metrics")
    with psycopg.connect(database_url) as connection:
        for table in tables:
            row = connection.execute(f"SELECT count(*) FROM tiercel.{table}").fetchone()
            assert row == (1,), table


@pytest.fixture
async def filled(store: Store) -> Store:
    """Four executions that differ in everything that can be searched."""
    day = timedelta(days=1)
    parent = ExecutionTrigger("call", "Subflow", {"executionId": "a"})
    await store.executions.create(
        [
            execution("a", at=NOW - 3 * day, namespace="company", labels=(FINANCE, URGENT)),
            execution("b", StateType.RUNNING, StateType.FAILED, at=NOW - 2 * day, labels=(LABS,)),
            execution("c", StateType.RUNNING, at=NOW - day, flow_id="other", trigger=parent),
            execution(
                "d", StateType.SUCCESS, at=NOW, namespace="company2", kind="TEST", parent_id="b"
            ),
        ]
    )
    return store


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        (Condition("namespace", Operation.EQUALS, "company"), "a"),
        (Condition("namespace", Operation.PREFIX, "company"), "abc"),
        (Condition("namespace", Operation.NOT_PREFIX, "company"), "d"),
        (Condition("namespace", Operation.STARTS_WITH, "company."), "bc"),
        (Condition("namespace", Operation.STARTS_WITH, "compan_"), ""),
        (Condition("namespace", Operation.ENDS_WITH, "2"), "d"),
        (Condition("namespace", Operation.CONTAINS, "TEAM"), "bc"),
        (Condition("namespace", Operation.NOT_CONTAINS, "team"), "ad"),
        (Condition("namespace", Operation.REGEX, "^company[.0-9]"), "bcd"),
        (Condition("flow_id", Operation.NOT_EQUALS, "load"), "c"),
        (Condition("state", Operation.IN, ["FAILED", "SUCCESS"]), "bd"),
        (Condition("state", Operation.NOT_IN, [StateType.FAILED]), "acd"),
        (Condition("labels", Operation.EQUALS, FINANCE), "a"),
        (Condition("labels", Operation.EQUALS, [FINANCE, URGENT]), "a"),
        (Condition("labels", Operation.EQUALS, [LABS, URGENT]), ""),
        (Condition("labels", Operation.IN, [LABS, FINANCE]), "ab"),
        (Condition("labels", Operation.NOT_IN, [LABS, FINANCE]), "cd"),
        (Condition("labels", Operation.NOT_EQUALS, LABS), "acd"),
        (Condition("start_date", Operation.GREATER_THAN_OR_EQUAL_TO, NOW), "d"),
        (Condition("start_date", Operation.LESS_THAN, NOW - timedelta(days=2)), "a"),
        (Condition("end_date", Operation.IS_NOT_NULL), "bd"),
        (Condition("end_date", Operation.LESS_THAN, NOW), "b"),
        (Condition("kind", Operation.NOT_EQUALS, "TEST"), "abc"),
        (Condition("kind", Operation.NOT_IN, ["TEST"]), "abc"),
        (Condition("parent_id", Operation.EQUALS, "b"), "d"),
        (Condition("trigger_execution_id", Operation.EQUALS, "a"), "c"),
        (Condition("trigger_execution_id", Operation.IS_NULL), "abd"),
        (Condition("flow_revision", Operation.GREATER_THAN, 1), ""),
        (Condition("q", Operation.EQUALS, "OTHER"), "c"),
        (Condition("q", Operation.NOT_EQUALS, "other"), "abd"),
    ],
)
async def test_each_condition_finds_what_it_says(
    filled: Store, condition: Condition, found: str
) -> None:
    rows, total = await filled.executions.search([condition], sort=[Sort("id")])
    assert "".join(row.id for row in rows) == found
    assert total == len(found)


async def test_conditions_are_combined(filled: Store) -> None:
    rows, _ = await filled.executions.search(
        [
            Condition("namespace", Operation.PREFIX, "company"),
            Condition("state", Operation.EQUALS, "RUNNING"),
        ]
    )
    assert [row.id for row in rows] == ["c"]


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ([], "dcba"),
        ([Sort("start_date")], "abcd"),
        ([Sort("duration", descending=True), Sort("id")], "bcda"),
        ([Sort("namespace"), Sort("flow_id", descending=True)], "acbd"),
        ([Sort("state", descending=True)], "dcba"),
    ],
)
async def test_rows_come_in_the_order_asked_for(
    filled: Store, sort: list[Sort], order: str
) -> None:
    rows, _ = await filled.executions.search(sort=sort)
    assert "".join(row.id for row in rows) == order


async def test_pages_cover_everything_once(filled: Store) -> None:
    pages = [await filled.executions.search(page=page, size=3) for page in (1, 2, 3)]
    assert ["".join(row.id for row in rows) for rows, _ in pages] == ["dcb", "a", ""]
    assert {total for _, total in pages} == {4}


async def test_ids_are_read_behind_the_last_one(
    filled: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tiercel.store.executions._IDS_AT_ONCE", 2)
    assert await filled.executions.ids(most=10) == ["a", "b", "c", "d"]
    assert await filled.executions.ids(most=3) == ["a", "b", "c"]
    not_b = Condition("id", Operation.NOT_EQUALS, "b")
    assert await filled.executions.ids([not_b], most=10) == ["a", "c", "d"]


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        (Condition("colour", Operation.EQUALS, "red"), "Unknown field 'colour'"),
        (Condition("start_date", Operation.CONTAINS, "2"), "does not have the operation CONTAINS"),
        (Condition("labels", Operation.REGEX, FINANCE), "does not have the operation REGEX"),
        (Condition("q", Operation.IN, ["x"]), "does not have the operation IN"),
        (Condition("duration", Operation.EQUALS, 1), "does not have the operation EQUALS"),
        (Condition("namespace", Operation.REGEX, "("), "Invalid regular expression"),
    ],
)
async def test_what_can_not_be_searched_is_refused(
    store: Store, condition: Condition, message: str
) -> None:
    with pytest.raises(IllegalArgumentError, match=message):
        await store.executions.search([condition])


async def test_pages_begin_at_one(store: Store) -> None:
    with pytest.raises(IllegalArgumentError, match="greater than or equal to 1"):
        await store.executions.search(page=0)


async def test_a_step_keeps_the_searched_columns_right(store: Store) -> None:
    await store.executions.create([execution("one")])
    async with store.step(NOW) as step:
        changed = execution("one", StateType.RUNNING, StateType.SUCCESS, labels=(LABS,))
        step.write(result(step.claims[0], execution=changed, ended=True))
    for condition in (
        Condition("state", Operation.EQUALS, "SUCCESS"),
        Condition("labels", Operation.EQUALS, LABS),
        Condition("end_date", Operation.EQUALS, NOW + 2 * SOON),
    ):
        assert (await store.executions.search([condition]))[1] == 1
