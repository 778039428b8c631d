"""Group commit: alone at once, together under load, and nobody fails for another."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from tiercel.model.errors import ServerUnavailableError
from tiercel.store.group_commit import GroupCommit


class Writer:
    """Notes the groups it is given; numbers under zero can't be written."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.open = asyncio.Event()
        self.open.set()
        self.away = False

    async def __call__(self, items: Sequence[int]) -> Sequence[int]:
        self.groups.append(list(items))
        await self.open.wait()
        if self.away:
            raise ServerUnavailableError("away")
        if any(item < 0 for item in items):
            raise ValueError("negative")
        return [item * 10 for item in items]


async def test_a_lone_item_is_written_at_once() -> None:
    writer = Writer()
    assert await GroupCommit(writer).add(1) == 10
    assert writer.groups == [[1]]


async def test_items_that_come_while_writing_share_the_next_group() -> None:
    writer = Writer()
    commits = GroupCommit(writer, limit=3)
    writer.open.clear()
    first = asyncio.create_task(commits.add(1))
    await asyncio.sleep(0.01)
    rest = [asyncio.create_task(commits.add(item)) for item in (2, 3, 4, 5)]
    await asyncio.sleep(0.01)
    writer.open.set()
    assert await asyncio.gather(first, *rest) == [10, 20, 30, 40, 50]
    assert writer.groups == [[1], [2, 3, 4], [5]]


async def test_an_item_that_can_not_be_written_fails_alone() -> None:
    commits = GroupCommit(Writer())
    answers = await asyncio.gather(
        *(commits.add(item) for item in (1, -2, 3)), return_exceptions=True
    )
    assert answers[0::2] == [10, 30]
    assert isinstance(answers[1], ValueError)


async def test_a_server_that_is_away_fails_the_group_once() -> None:
    writer = Writer()
    writer.away = True
    commits = GroupCommit(writer)
    answers = await asyncio.gather(*(commits.add(item) for item in (1, 2)), return_exceptions=True)
    assert [type(answer) for answer in answers] == [ServerUnavailableError] * 2
    assert len(writer.groups) == 1
    writer.away = False
    assert await commits.add(3) == 30


async def test_a_caller_that_gives_up_does_not_disturb_the_others() -> None:
    writer = Writer()
    commits = GroupCommit(writer)
    writer.open.clear()
    given_up = asyncio.create_task(commits.add(1))
    other = asyncio.create_task(commits.add(2))
    await asyncio.sleep(0.01)
    given_up.cancel()
    writer.open.set()
    assert await other == 20
    with pytest.raises(asyncio.CancelledError):
        await given_up


async def test_draining_waits_for_what_was_added() -> None:
    writer = Writer()
    commits = GroupCommit(writer)
    added = asyncio.create_task(commits.add(1))
    await asyncio.sleep(0)
    await commits.drain()
    assert added.done() or await added == 10
    await commits.drain()
    assert writer.groups == [[1]]
