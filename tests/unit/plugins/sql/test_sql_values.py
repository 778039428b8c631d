"""Values of PostgreSQL as Python's and as JSON."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from tiercel.plugins.rows.plain import json_value
from tiercel.plugins.sql.batch import parameter_text
from tiercel.plugins.sql.values import Normalizer, full_duration, money


@pytest.mark.parametrize(
    ("text", "amount"),
    [("$12.50", 12.5), ("-$1,234.50", -1234.5), ("1.234,50 €", 1234.5), ("$0.00", 0.0)],
)
def test_money_loses_its_signs(text: str, amount: float) -> None:
    assert money(text) == amount


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("10 years 4 mons 5 days 00:00:10", "P10Y4M5DT0H0M10S"),
        ("-3 days", "P0Y0M-3DT0H0M0S"),
        ("1 mon -04:05:06.7", "P0Y1M0DT-4H-5M-6S"),
        ("1 day", "P0Y0M1DT0H0M0S"),
        ("00:00:00", "P0Y0M0DT0H0M0S"),
        ("P1Y", "P1Y"),
    ],
)
def test_an_interval_has_all_fields(text: str, duration: str) -> None:
    assert full_duration(text) == duration


@pytest.mark.parametrize(
    ("value", "normal"),
    [
        (time(4, 5, 30, 500000), time(4, 5, 30)),
        (time(4, 5, 30, 250000, timezone(timedelta(hours=2))), time(3, 5, 30, 250000)),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        ([UUID(int=1), None], ["00000000-0000-0000-0000-000000000001", None]),
        (5, 5),
    ],
)
def test_cells_get_their_final_value(value: Any, normal: Any) -> None:
    assert Normalizer(ZoneInfo("Europe/Paris"))(value) == normal


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (date(2030, 12, 25), "2030-12-25"),
        (datetime.fromisoformat("2004-10-19T10:23:54.999999"), "2004-10-19T10:23:54.999999"),
        (
            datetime(2004, 10, 19, 10, 23, 54, 250000, ZoneInfo("Europe/Paris")),
            "2004-10-19T08:23:54.25Z",
        ),
        (datetime(2004, 10, 19, tzinfo=UTC), "2004-10-19T00:00:00Z"),
        (time(4, 5, 30), "04:05:30"),
        (b"hello", "aGVsbG8="),
        (Decimal("123456.78900"), 123456.789),
        (Decimal("5.00"), 5),
        (Decimal("NaN"), "NaN"),
        (math.inf, "Infinity"),
        (-math.inf, "-Infinity"),
        ({"a": [Decimal("1.5"), None]}, {"a": [1.5, None]}),
    ],
)
def test_outputs_are_json(value: Any, shown: Any) -> None:
    assert json_value(value) == shown


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        ({"a": [1]}, 3802, '{"a": [1]}'),
        ('{"a": 1}', 114, '{"a": 1}'),
        (Decimal("12.500"), 1186, "12.500 seconds"),
        (True, 16, "true"),
        (b"\x01\xff", 17, "\\x01ff"),
        (date(2030, 12, 25), 1082, "2030-12-25"),
        (['q"', None, ["x"]], 1009, '{"q\\"",NULL,{"x"}}'),
    ],
)
def test_parameters_become_text_by_their_type(value: Any, kind: int, text: str) -> None:
    assert parameter_text(value, kind) == text
