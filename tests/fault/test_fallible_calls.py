"""Every call to the store and the bus may fail before it acts, or act and seem to have failed."""

from __future__ import annotations

import os
import random
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from fault_world import LEASE_SECONDS, World, begins, eventually, marking, start, wait_all

from tiercel.bus.connection import Connection
from tiercel.model.errors import ServerUnavailableError
from tiercel.store.database import Database
from tiercel.store.step import Session

SEEDS = range(1, 1 + int(os.environ.get("TIERCEL_FAULT_SEEDS", "2")))
_CALLS: tuple[tuple[type, str], ...] = (
    (Connection, "store"),
    (Connection, "confirm"),
    (Connection, "send"),
    (Session, "fetch"),
    (Session, "only"),
    (Session, "commit"),
    (Database, "fetch"),
    (Database, "fetch_row"),
    (Database, "fetch_value"),
    (Database, "execute"),
)


class Fate:
    """Decides what becomes of each call; the same seed gives the same decisions."""

    def __init__(self, seed: int, *, share: float) -> None:
        self._random = random.Random(seed)  # noqa: S311  a repeatable one is wanted
        self._share = share
        self.is_cruel = False
        self.failed: dict[str, int] = {}

    def wrap(self, owner: type, name: str) -> Callable[..., Awaitable[Any]]:
        call = getattr(owner, name)
        key = f"{owner.__name__}.{name}"

        async def fallible(*args: Any, **options: Any) -> Any:
            lot = self._random.random() if self.is_cruel else 1.0
            if lot >= self._share:
                return await call(*args, **options)
            self.failed[key] = self.failed.get(key, 0) + 1
            if lot >= self._share / 2:
                await call(*args, **options)
            raise ServerUnavailableError(f"{key} seems to have failed")

        return fallible


@contextmanager
def fallible(seed: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[Fate]:
    """Let calls fail, within the block, once the fate is cruel."""
    fate = Fate(seed, share=0.08)
    with monkeypatch.context() as patch:
        for owner, name in _CALLS:
            patch.setattr(owner, name, fate.wrap(owner, name))
        yield fate


@pytest.mark.parametrize("seed", SEEDS)
async def test_calls_that_fail_before_or_after_they_act_lose_and_repeat_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    with fallible(seed, monkeypatch) as fate:
        async with world.node(lease=LEASE_SECONDS) as node:
            await node.flows.save(marking("fallible", seconds=0.02, tasks=4))
            ids = await start(node, "fallible", 25)
            fate.is_cruel = True

            async def count() -> int:
                return sum(begins(ids).values())

            await eventually(count, lambda number: number >= 60)
            fate.is_cruel = False
            done = await wait_all(node, ids)
            await world.accounts(node, ids)
    assert sum(fate.failed.values()) >= 5, fate.failed
    assert {item.execution.state.current.value for item in done} == {"SUCCESS"}
    assert set(begins(ids).values()) == {4}
