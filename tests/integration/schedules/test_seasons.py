"""Schedulers live through both changes of the clocks, and through a restart between them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from schedule_flows import flow, schedule

SPRING, AUTUMN = datetime(2024, 3, 30, tzinfo=UTC), datetime(2024, 10, 26, tzinfo=UTC)
HALF_PAST_TWO = schedule("30 2 * * *", more="timezone: Europe/Paris\nallowConcurrent: true")
HOURLY = schedule("0 * * * *", more="timezone: Europe/Paris\nallowConcurrent: true")


async def live(kit, start: datetime, source: str, hours: int, *, restart: bool = False) -> list:
    """Let hours pass; return the dates that fired."""
    kit.clock.now = start
    await kit.flows.save(flow("hourly", source))
    await kit.settle()
    for _ in range(hours):
        kit.clock.advance(hours=1)
        if restart:
            kit.scheduler = kit.new_scheduler()
        await kit.settle()
    return await kit.dates("hourly")


@pytest.mark.parametrize("restart", [False, True], ids=["one", "restarted"])
async def test_an_hour_that_is_left_out_is_made_up_for_once(kit, restart: bool):
    found = await live(kit, SPRING, HALF_PAST_TWO, 50, restart=restart)
    assert found == [
        "2024-03-30T02:30:00+01:00",
        "2024-03-31T03:00:00+02:00",
        "2024-04-01T02:30:00+02:00",
    ]


@pytest.mark.parametrize("restart", [False, True], ids=["one", "restarted"])
async def test_an_hour_that_comes_twice_fires_once(kit, restart: bool):
    found = await live(kit, AUTUMN, HALF_PAST_TWO, 50, restart=restart)
    assert found == [
        "2024-10-26T02:30:00+02:00",
        "2024-10-27T02:30:00+02:00",
        "2024-10-28T02:30:00+01:00",
    ]


@pytest.mark.parametrize("start", [SPRING, AUTUMN], ids=["spring", "autumn"])
async def test_every_hour_of_a_day_with_a_change_fires(kit, start: datetime):
    found = await live(kit, start, HOURLY, 30)
    assert len(found) == len(set(found)) == 30
