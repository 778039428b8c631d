"""ISO-8601 durations, both ways."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiercel.model.durations import format_duration, parse_duration, to_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("PT15S", 15),
        ("pt1m", 60),
        ("P1DT2H", 93_600),
        ("PT0.5S", 0.5),
        ("PT1,5S", 1.5),
        ("-PT1M", -60),
        ("PT-0.5S", -0.5),
        ("PT2H-1M", 7_140),
        ("P2D", 172_800),
    ],
)
def test_durations_are_read(text: str, seconds: float) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "P1DT", "P1Y", "P1M", "P1W", "15", "5 minutes", "PT1S ", "P٣D"]
)
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="cannot be parsed to a Duration"):
        parse_duration(text)


@pytest.mark.parametrize("text", ["P9999999999D", "PT99999999999999999999H"])
def test_durations_beyond_all_bounds_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="cannot be parsed"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "PT0S"), (93_600, "PT26H"), (60.5, "PT1M0.5S"), (-1.5, "PT-1.5S"), (3_661, "PT1H1M1S")],
)
def test_durations_are_written_in_hours_minutes_and_seconds(seconds: float, text: str) -> None:
    assert format_duration(timedelta(seconds=seconds)) == text


@given(st.timedeltas(min_value=timedelta(days=-10_000), max_value=timedelta(days=10_000)))
def test_what_is_written_reads_back(duration: timedelta) -> None:
    assert parse_duration(format_duration(duration)) == duration


@pytest.mark.parametrize("value", [90, 90.0, "90", "PT90S", " pt1m30s ", timedelta(seconds=90)])
def test_properties_take_seconds_too(value: object) -> None:
    assert to_duration(value) == timedelta(seconds=90)


@pytest.mark.parametrize("value", [True, None, [], "1x", float("nan"), 1e300])
def test_other_property_values_are_refused(value: object) -> None:
    with pytest.raises(ValueError, match="cannot be parsed"):
        to_duration(value)
