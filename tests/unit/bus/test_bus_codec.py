from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiercel.bus.codec import MessageRefusedError, decode_logs, encode, encode_in_parts
from tiercel.model.job import Job, LogEntry
from tiercel.model.task import LogLevel

NOW = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)


def job(**variables: Any) -> Job:
    return Job("a", "r", "e", "n", "f", 1, "t", 0, "type", {}, variables)


def entry(message: str) -> LogEntry:
    return LogEntry("e", "n", "f", NOW, LogLevel.INFO, message)


def test_dates_stay_dates() -> None:
    data = encode(job(when=NOW), limit_bytes=1000)
    assert msgspec.msgpack.decode(data, type=Job).variables == {"when": NOW}


def test_what_is_unknown_becomes_text() -> None:
    data = encode(job(odd=1 + 2j), limit_bytes=1000)
    assert msgspec.msgpack.decode(data, type=Job).variables == {"odd": "(1+2j)"}


@pytest.mark.parametrize("value", [2**70, "\ud800", "x" * 2000])
def test_what_can_not_be_sent_is_refused(value: Any) -> None:
    with pytest.raises(MessageRefusedError):
        encode(job(value=value), limit_bytes=1000)


@given(st.lists(st.integers(0, 3000), max_size=40))
def test_parts_hold_every_entry_once_in_order_and_under_the_limit(sizes: list[int]) -> None:
    entries = [entry(f"{n} " + "x" * size) for n, size in enumerate(sizes)]
    parts = encode_in_parts(entries, limit_bytes=4000)
    assert [item for part in parts for item in decode_logs(part)] == entries
    assert all(len(part) <= 4000 or len(decode_logs(part)) == 1 for part in parts)
