"""A bus of each test's own: a fresh prefix on the shared server."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

from tiercel.bus import Bus

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
def prefix() -> str:
    """A prefix nobody else uses."""
    return f"t{uuid.uuid4().hex[:12]}"


@pytest.fixture
async def bus(bus_url: str, prefix: str) -> AsyncIterator[Bus]:
    """A connected bus; its streams are deleted afterwards."""
    bus = await Bus.connect(bus_url, prefix=prefix)
    yield bus
    await bus.delete_streams()
    await bus.close()
