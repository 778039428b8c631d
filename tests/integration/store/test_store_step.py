"""Steps: claiming is exclusive, writing is all or nothing."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses

import pytest
from store_values import LATER, NOW, SOON, execution, job, log, metric, result, task_run

from tiercel.model.errors import ConflictError
from tiercel.model.news import Created, KillRequested, TimerDue
from tiercel.model.state import StateType
from tiercel.store import Claim, StaleClaimError, StepResult, Store


async def test_a_new_execution_is_claimed_with_its_first_news(store: Store) -> None:
    await store.executions.create([execution("one", flow_revision=7)])
    async with store.step(NOW) as step:
        [claim] = step.claims
    assert (claim.execution_id, claim.version, claim.flow_revision) == ("one", 0, 7)
    assert (claim.namespace, claim.flow_id) == ("company.team", "load")
    assert [item.news for item in claim.news] == [Created()]


async def test_the_oldest_news_is_claimed_first(store: Store) -> None:
    for key, age in (("young", 1), ("oldest", 9), ("old", 5)):
        await store.executions.create([execution(key, at=NOW - age * SOON)])
    async with store.step(NOW, limit=2) as step:
        assert [claim.execution_id for claim in step.claims] == ["oldest", "old"]


async def test_news_of_the_future_waits(store: Store) -> None:
    await store.executions.create([execution("one", at=LATER)])
    async with store.step(NOW) as step:
        assert step.claims == []
    assert await store.inbox.next_due() == LATER
    async with store.step(LATER) as step:
        assert len(step.claims) == 1


async def test_named_executions_are_claimed_without_news(store: Store) -> None:
    await store.executions.create([execution("one", at=LATER)])
    async with store.step(NOW, limit=0, also=["one", "unknown"]) as step:
        assert [claim.execution_id for claim in step.claims] == ["one"]
        assert step.claims[0].news == []
        assert step.busy_ids == []


async def test_an_execution_with_much_news_is_claimed_once_with_all_of_it(store: Store) -> None:
    await store.executions.create([execution("one")])
    for attempt in range(5):
        await store.inbox.add("one", TimerDue("run", "retry", attempt), NOW)
    async with store.step(NOW, limit=2, also=["one"]) as step:
        [claim] = step.claims
    assert [getattr(item.news, "attempts", None) for item in claim.news] == [None, 0, 1, 2, 3, 4]


async def test_what_another_holds_is_busy_and_can_be_posted_to(store: Store) -> None:
    await store.executions.create([execution("one")])
    async with store.step(NOW) as first:
        async with store.step(NOW, also=["one", "unknown"]) as second:
            assert second.claims == []
            assert second.busy_ids == ["one"]
            second.post("one", KillRequested())
            second.post("unknown", KillRequested())
        first.write(result(first.claims[0]))
    async with store.step(NOW) as step:
        assert [item.news for item in step.claims[0].news] == [KillRequested()]
        assert step.claims[0].version == 1


async def test_two_claimers_never_share_and_consume_each_news_once(
    store: Store, database_url: str
) -> None:
    await store.executions.create([execution(f"e{index:03}") for index in range(120)])
    other = await Store.connect(database_url)
    held: set[str] = set()
    consumed: list[int] = []

    async def work(mine: Store) -> None:
        while len(consumed) < 240:
            async with mine.step(NOW, limit=7) as step:
                keys = {claim.execution_id for claim in step.claims}
                assert not keys & held
                held.update(keys)
                await asyncio.sleep(0)
                for claim in step.claims:
                    timers = [(NOW, KillRequested())] if claim.version == 0 else []
                    step.write(result(claim, timers=timers))
                    consumed.extend(item.id for item in claim.news)
                held.difference_update(keys)

    await asyncio.wait_for(asyncio.gather(*(work(mine) for mine in (store, other) * 2)), 60)
    await other.close()
    assert len(consumed) == len(set(consumed)) == 240


async def test_a_step_writes_everything_it_was_given(store: Store) -> None:
    await store.executions.create([execution("one")])
    changed = execution("one", StateType.RUNNING, inputs={"zebra": 1, "ant": "a\x00b"})
    run = task_run("one", "run", outputs={"text": "\ud800 half"})
    async with store.step(NOW) as step:
        step.write(
            result(
                step.claims[0],
                execution=changed,
                task_runs=[run, task_run("one", "second", 1)],
                timers=[(LATER, TimerDue("run", "sleep", 1))],
                jobs=[job("one", "attempt")],
                logs=[log("one", "hello"), log("one", "nul \x00 and half \udc00", 1)],
                metrics=[metric("one", "rows", 3)],
            )
        )
    stored = await store.executions.with_task_runs("one")
    assert stored is not None
    assert stored[0] == changed
    assert list(stored[0].inputs) == ["zebra", "ant"]
    assert [item.id for item in stored[1]] == ["run", "second"]
    assert stored[1][0].outputs == {"text": "\ufffd half"}
    assert await store.inbox.next_due() == LATER
    assert await store.jobs.unstarted(NOW, 10) == [job("one", "attempt")]
    messages = [entry.message for entry in await store.logs.list("one")]
    assert messages == ["hello", "nul \ufffd and half \ufffd"]
    assert (await store.metrics.list("one"))[1] == 1


async def test_a_second_step_changes_and_removes_task_runs(store: Store) -> None:
    await store.executions.create([execution("one")])
    async with store.step(NOW) as step:
        runs = [task_run("one", key, place) for place, key in enumerate("abc")]
        step.write(result(step.claims[0], task_runs=runs))
    async with store.step(NOW, also=["one"]) as step:
        loaded = await step.load(["one"])
        assert [run.id for run in loaded["one"][1]] == ["a", "b", "c"]
        again = task_run("one", "b", 1, value="new")
        step.write(result(step.claims[0], task_runs=[again], removed=["c"]))
    assert await store.executions.task_runs(["one", "none"]) == {
        "one": [task_run("one", "a"), again],
        "none": [],
    }


async def test_an_error_leaves_everything_as_it_was(store: Store) -> None:
    await store.executions.create([execution("one")])

    async def crash() -> None:
        async with store.step(NOW) as step:
            step.write(result(step.claims[0], task_runs=[task_run("one", "run")]))
            raise RuntimeError("crash")

    with pytest.raises(RuntimeError, match="crash"):
        await crash()
    async with store.step(NOW) as step:
        [claim] = step.claims
        assert (claim.version, len(claim.news)) == (0, 1)
    assert await store.executions.task_runs(["one"]) == {"one": []}


async def test_a_failing_write_leaves_everything_as_it_was(store: Store) -> None:
    await store.executions.create([execution("one"), execution("two")])

    async def write_to_another() -> None:
        async with store.step(NOW, limit=1) as step:
            step.write(result(step.claims[0], jobs=[job("one", "attempt")]))
            step.write(StepResult("two", version=5))

    with pytest.raises(ConflictError, match="does not own"):
        await write_to_another()
    async with store.step(NOW) as step:
        assert {claim.version for claim in step.claims} == {0}
    assert await store.jobs.all_open(10) == []


async def test_a_cancelled_step_leaves_everything_as_it_was(store: Store) -> None:
    await store.executions.create([execution("one")])

    async def hang() -> None:
        async with store.step(NOW) as step:
            step.write(result(step.claims[0], ended=True))
            await asyncio.Event().wait()

    task = asyncio.create_task(hang())
    await asyncio.sleep(0.05)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    async with store.step(NOW) as step:
        assert [claim.version for claim in step.claims] == [0]


async def test_the_end_empties_inbox_and_outbox(store: Store) -> None:
    await store.executions.create([execution("one"), execution("two", at=LATER)])
    async with store.step(NOW) as step:
        timer = (LATER, TimerDue("run", "retry", 1))
        step.write(result(step.claims[0], timers=[timer], jobs=[job("one", "a")]))
    await store.inbox.add("one", KillRequested(), LATER + SOON)
    async with store.step(NOW, also=["one"]) as step:
        final = execution("one", StateType.RUNNING, StateType.KILLED)
        timer = (NOW, TimerDue("run", "sleep", 1))
        step.write(
            result(
                step.claims[0], execution=final, timers=[timer], jobs=[job("one", "b")], ended=True
            )
        )
    assert await store.jobs.all_open(10) == []
    async with store.step(LATER + SOON) as step:
        assert [claim.execution_id for claim in step.claims] == ["two"]


async def test_news_of_a_final_execution_is_consumed(store: Store) -> None:
    await store.executions.create([execution("one", StateType.SUCCESS)])
    async with store.step(NOW + SOON) as step:
        step.write(result(step.claims[0]))
    assert await store.inbox.next_due() is None


async def test_jobs_are_marked_at_start_and_gone_when_withdrawn(store: Store) -> None:
    await store.executions.create([execution("one")])
    async with store.step(NOW) as step:
        jobs = [job("one", key) for key in ("a", "b", "c", "d")]
        step.write(result(step.claims[0], jobs=jobs, withdrawn=["d"]))
    async with store.step(NOW, also=["one"]) as step:
        step.write(result(step.claims[0], started=["a", "b"], withdrawn=["b", "unknown"]))
    assert [item.attempt_id for item in await store.jobs.unstarted(NOW, 10)] == ["c"]
    assert {item.attempt_id for item in await store.jobs.all_open(10)} == {"a", "c"}
    assert await store.jobs.unstarted(NOW - SOON, 10) == []
    async with store.step(NOW, also=["one"]) as step:
        step.write(result(step.claims[0], jobs=[job("one", "a")]))
    assert len(await store.jobs.unstarted(NOW, 10)) == 2


async def test_rows_held_elsewhere_are_worth_a_later_look_only(
    store: Store, database_url: str
) -> None:
    await store.executions.create([execution("one")])
    other = await Store.connect(database_url)
    async with other.step(NOW):
        async with store.step(NOW + SOON) as step:
            assert step.claims == []
        due_at = await store.inbox.next_due()
        assert due_at is not None
        assert due_at > NOW + SOON
    assert await other.inbox.next_due() == NOW
    await other.close()


async def test_news_can_be_added_while_a_step_holds_the_execution(store: Store) -> None:
    await store.executions.create([execution("one")])
    async with store.step(NOW) as step:
        await store.inbox.add("one", KillRequested(), NOW)
        step.write(result(step.claims[0]))
    async with store.step(NOW) as step:
        assert [item.news for item in step.claims[0].news] == [KillRequested()]


async def test_a_deletion_waits_for_the_step_and_leaves_nothing_due(store: Store) -> None:
    await store.executions.create([execution("one")])
    async with store.step(NOW) as step:
        deletion = asyncio.create_task(store.executions.delete("one"))
        await asyncio.sleep(0.05)
        assert not deletion.done()
        step.write(result(step.claims[0], timers=[(NOW, KillRequested())]))
    assert await deletion is True
    assert await store.inbox.next_due() is None
    async with store.step(NOW, also=["one"]) as step:
        assert (step.claims, step.busy_ids) == ([], [])


async def test_a_step_without_changes_moves_the_version_alone(store: Store) -> None:
    before = execution("one", StateType.RUNNING)
    await store.executions.create([before])
    for version in range(3):
        async with store.step(NOW, also=["one"]) as step:
            assert step.claims[0].version == version
            step.write(result(step.claims[0]))
    assert await store.executions.get("one") == before


async def test_known_executions_are_stepped_without_a_claim(store: Store) -> None:
    await store.executions.create([execution("one")])
    async with store.step(NOW) as step:
        known = step.claims[0]
        step.write(result(known))
    known = dataclasses.replace(known, version=1, news=[])
    async with store.step(NOW, known=[known]) as step:
        assert step.claims == [known]
        step.log([log("one", "by a worker")])
        step.write(result(known, jobs=[job("one", "a")], logs=[log("one", "by the step", 1)]))
    assert [item.attempt_id for item in await store.jobs.all_open(10)] == ["a"]
    messages = [entry.message for entry in await store.logs.list("one")]
    assert messages == ["by a worker", "by the step"]


async def test_a_known_execution_that_moved_on_refuses_all_of_the_step(store: Store) -> None:
    await store.executions.create([execution("one"), execution("two")])
    async with store.step(NOW) as step:
        known = [dataclasses.replace(claim, news=[]) for claim in step.claims]
        step.write(result(step.claims[0]))

    async def step_over_it() -> None:
        async with store.step(NOW, known=known) as step:
            for claim in known:
                step.write(result(claim, jobs=[job(claim.execution_id, "a")]))

    with pytest.raises(StaleClaimError):
        await step_over_it()
    assert await store.jobs.all_open(10) == []


async def test_a_known_execution_that_another_holds_is_not_waited_for(store: Store) -> None:
    await store.executions.create([execution("one")])
    async with store.step(NOW) as first:
        known = [dataclasses.replace(claim, news=[]) for claim in first.claims]

        async def write() -> None:
            async with store.step(NOW, known=known) as second:
                second.write(result(known[0]))

        async def read() -> None:
            async with store.step(NOW, known=known) as second:
                await second.load(["one"])

        for attempt in (write, read):
            with pytest.raises(StaleClaimError):
                await attempt()
        first.write(result(first.claims[0]))


async def test_a_known_execution_is_held_from_the_first_look_on(store: Store) -> None:
    await store.executions.create([execution("one")])
    known = Claim("one", 0, "company.team", "load", 1)
    async with store.step(NOW, known=[known]) as step:
        await step.load(["one"])
        async with store.step(NOW) as other:
            assert other.claims == []
        step.post("one", KillRequested())
        step.write(result(known, removed=["nothing"]))
    async with store.step(NOW) as step:
        assert [item.news for item in step.claims[0].news] == [Created(), KillRequested()]


async def test_jobs_that_are_held_are_published_by_nobody_until_their_holder_is_lost(
    store: Store,
) -> None:
    await store.executions.create([execution("one")])
    async with store.step(NOW) as step:
        step.hold_jobs("me", {"a"})
        step.write(result(step.claims[0], jobs=[job("one", "a"), job("one", "b")]))
    async with store.step(NOW, also=["one"]) as step:
        step.write(result(step.claims[0], started=["a"]))
    assert [item.attempt_id for item in await store.jobs.all_open(10)] == ["b"]
    assert [item.attempt_id for item in await store.jobs.unstarted(NOW, 10)] == ["b"]
    assert await store.jobs.holders() == ["me"]
    assert [item.attempt_id for item in await store.jobs.take_from("me")] == ["a"]
    assert await store.jobs.holders() == []
    assert len(await store.jobs.unstarted(NOW, 10)) == 2
