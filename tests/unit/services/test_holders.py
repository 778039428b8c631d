"""Which processes of a data folder are alive."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tiercel.services.holders import Holders


async def test_a_holder_is_lost_once_its_lock_is_free(tmp_path: Path) -> None:
    first, second = Holders(tmp_path / "holders"), Holders(tmp_path / "holders")
    assert not second.is_lost(first.name)
    running = asyncio.create_task(first.run())
    await first.stop()
    await running
    assert second.is_lost(first.name)
    assert second.is_lost(first.name)
    assert not second.is_lost(second.name)
    await second.stop()
    await second.run()


async def test_holders_of_another_folder_are_not_judged(tmp_path: Path) -> None:
    here, elsewhere = Holders(tmp_path / "here"), Holders(tmp_path / "elsewhere")
    for holder in (here, elsewhere):
        await holder.stop()
        await holder.run()
    assert not here.is_lost(elsewhere.name)
    assert not here.is_lost("of an older version")
