"""What is done in a moment, unless it is too late by then."""

from __future__ import annotations

import asyncio

import pytest

from tiercel.services.later import Later


class Work:
    """Counts its calls; ends when it is let."""

    def __init__(self) -> None:
        self.calls = 0
        self.may_end = asyncio.Event()

    async def __call__(self) -> None:
        self.calls += 1
        await self.may_end.wait()


async def test_what_has_not_begun_is_not_done_any_more() -> None:
    work = Work()
    later = Later(60, work)
    await later.done_or_never()
    assert work.calls == 0


async def test_what_has_begun_is_waited_for() -> None:
    work = Work()
    later = Later(0, work)
    while not work.calls:
        await asyncio.sleep(0)
    ending = asyncio.ensure_future(later.done_or_never())
    await asyncio.sleep(0)
    assert not ending.done()
    work.may_end.set()
    await ending
    assert work.calls == 1


async def test_what_is_done_at_once_is_not_done_again() -> None:
    work = Work()
    work.may_end.set()
    later = Later(0, work)
    await later.now()
    await later.done_or_never()
    assert work.calls == 1


async def test_what_is_stopped_ends_where_it_is() -> None:
    work = Work()
    later = Later(0, work)
    while not work.calls:
        await asyncio.sleep(0)
    later.cancel()
    with pytest.raises(asyncio.CancelledError):
        await later.done_or_never()
