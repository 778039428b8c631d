"""What an executor was told to ignore is not claimed, and costs the others nothing."""

from __future__ import annotations

import pytest
from store_values import LATER, NOW, execution

from tiercel.model.news import KillRequested
from tiercel.store import Ignored, Store

PARTS = [
    Ignored(executions=frozenset({"bad"})),
    Ignored(flows=frozenset({("company.bad", "load")})),
    Ignored(namespaces=frozenset({"company.bad"})),
]


async def seeded(database_url: str, ignored: Ignored) -> Store:
    store = await Store.connect(database_url, ignored=ignored)
    await store.executions.create([execution("bad", namespace="company.bad")])
    await store.executions.create([execution("good", namespace="company")])
    return store


@pytest.mark.parametrize("ignored", PARTS)
async def test_only_the_others_are_claimed(database_url: str, ignored: Ignored) -> None:
    store = await seeded(database_url, ignored)
    async with store.step(NOW, limit=1) as step:
        assert [claim.execution_id for claim in step.claims] == ["good"]
    await store.close()


@pytest.mark.parametrize("ignored", PARTS)
async def test_news_that_came_for_one_waits_in_its_inbox(
    database_url: str, ignored: Ignored
) -> None:
    store = await seeded(database_url, ignored)
    async with store.step(NOW, also=["bad"]) as step:
        assert step.busy_ids == ["bad"]
        step.post("bad", KillRequested())
    await store.close()
    store = await Store.connect(database_url)
    async with store.step(NOW) as step:
        news = {claim.execution_id: len(claim.news) for claim in step.claims}
    assert news == {"good": 1, "bad": 2}
    await store.close()


@pytest.mark.parametrize("ignored", PARTS)
async def test_its_due_news_wakes_nobody(database_url: str, ignored: Ignored) -> None:
    store = await Store.connect(database_url, ignored=ignored)
    await store.executions.create([execution("bad", namespace="company.bad")])
    assert await store.inbox.next_due() is None
    await store.executions.create([execution("good", namespace="company", at=LATER)])
    assert await store.inbox.next_due() == LATER
    await store.close()


async def test_everything_can_be_ignored(database_url: str) -> None:
    store = await seeded(database_url, Ignored(all=True))
    async with store.step(NOW) as step:
        assert step.claims == []
    assert await store.inbox.next_due() is None
    await store.close()


def test_who_is_ignored() -> None:
    ignored = Ignored(frozenset({"one"}), frozenset({("a", "f")}), frozenset({"b"}))
    assert [ignored.holds(*words) for words in (("one", "x", "y"), ("two", "a", "f"))] == [True] * 2
    assert [ignored.holds("two", *words) for words in (("b", "f"), ("b.c", "f"), ("a", "g"))] == [
        True,
        False,
        False,
    ]
    assert not Ignored()
