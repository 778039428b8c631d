from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from tiercel.model.state import StateType
from tiercel.services.attempt import plain_value

UUID_TEXT = "12345678-1234-5678-1234-567812345678"


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (None, None),
        (True, True),
        (7, 7),
        (2**70, str(2**70)),
        (1.5, 1.5),
        ("a\0b", "ab"),
        (StateType.SUCCESS, "SUCCESS"),
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "2026-01-02T03:04:05Z"),
        (date(2026, 1, 2), "2026-01-02"),
        (time(3, 4), "03:04:00"),
        (timedelta(seconds=15), 15.0),
        (Decimal("1.10"), "1.10"),
        (b"bytes", "bytes"),
        (Path("/a/b"), "/a/b"),
        (UUID(UUID_TEXT), UUID_TEXT),
        ({1: (2, {"k\0": date(2026, 1, 2)})}, {"1": [2, {"k": "2026-01-02"}]}),
    ],
)
def test_outputs_become_plain_values(value: Any, plain: Any) -> None:
    got = plain_value(value)
    assert got == plain
    assert type(got) is type(plain)


def test_a_value_that_holds_itself_is_refused() -> None:
    value: list[Any] = []
    value.append(value)
    with pytest.raises(RecursionError):
        plain_value(value)
