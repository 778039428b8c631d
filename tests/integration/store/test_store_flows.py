"""Flows: revisions count up, deletions included, and only the latest is searched."""

from __future__ import annotations

import asyncio

from tiercel.model.execution import Label
from tiercel.store import Condition, Operation, Sort, Store


async def save(store: Store, key: str, source: str = "a", namespace: str = "company") -> int:
    return await store.flows.save(namespace, key, source, {"id": key, "zebra": 1, "ant": [2]})


async def test_a_flow_comes_back_as_it_was_saved(store: Store) -> None:
    labels = (Label("team", "labs"), Label("a", "b"))
    source = "id: one # a comment\n"
    await store.flows.save(
        "company", "one", source, {"z": 1, "a": 2}, labels=labels, description="d", disabled=True
    )
    flow = await store.flows.get("company", "one")
    assert flow is not None
    assert (flow.revision, flow.source, flow.labels) == (1, source, labels)
    assert list(flow.definition) == ["z", "a"]
    assert (flow.description, flow.disabled, flow.deleted) == ("d", True, False)
    assert flow == await store.flows.get("company", "one", 1)


async def test_the_same_source_makes_no_new_revision(store: Store) -> None:
    assert [await save(store, "one", text) for text in ("a", "a", "b", "a")] == [1, 1, 2, 3]
    assert len(await store.flows.revisions("company", "one")) == 3


async def test_saves_at_once_get_one_revision_each(store: Store) -> None:
    revisions = await asyncio.gather(*(save(store, "one", f"text {i}") for i in range(12)))
    assert sorted(revisions) == list(range(1, 13))
    kept = await store.flows.revisions("company", "one")
    assert [flow.revision for flow in kept] == list(range(1, 13))


async def test_a_deletion_is_a_revision(store: Store) -> None:
    await save(store, "one")
    assert await store.flows.delete("company", "one") == 2
    assert await store.flows.delete("company", "one") is None
    assert await store.flows.get("company", "one") is None
    shown = await store.flows.get("company", "one", allow_deleted=True)
    assert shown is not None
    assert (shown.revision, shown.deleted) == (2, True)
    old = await store.flows.get("company", "one", 1)
    assert old is not None
    assert old.deleted is False
    assert await save(store, "one") == 3
    revisions = await store.flows.revisions("company", "one")
    assert [(flow.revision, flow.deleted) for flow in revisions] == [
        (1, False),
        (2, True),
        (3, False),
    ]


async def test_unknown_flows_are_none(store: Store) -> None:
    assert await store.flows.get("company", "none") is None
    assert await store.flows.get("company", "none", 3) is None
    assert await store.flows.delete("company", "none") is None
    assert await store.flows.revisions("company", "none") == []


async def test_only_latest_revisions_of_living_flows_are_found(store: Store) -> None:
    for key, source in (("one", "a"), ("one", "b"), ("two", "a"), ("gone", "a")):
        await save(store, key, source)
    await save(store, "three", "needle in it", "company.team")
    await store.flows.delete("company", "gone")
    rows, total = await store.flows.search()
    assert [(row.id, row.revision) for row in rows] == [("one", 2), ("two", 1), ("three", 1)]
    assert total == 3
    rows, _ = await store.flows.search([Condition("source", Operation.CONTAINS, "NEEDLE")])
    assert [row.id for row in rows] == ["three"]
    rows, _ = await store.flows.search([Condition("q", Operation.EQUALS, "tw")])
    assert [row.id for row in rows] == ["two"]
    rows, _ = await store.flows.search(sort=[Sort("id", descending=True)], size=1)
    assert [row.id for row in rows] == ["two"]


async def test_namespaces_are_those_of_living_flows(store: Store) -> None:
    for namespace in ("company.team", "company", "lab"):
        await save(store, "one", namespace=namespace)
    await store.flows.delete("lab", "one")
    assert await store.flows.namespaces() == ["company", "company.team"]
    assert await store.flows.namespaces("TEAM") == ["company.team"]
