"""What the terminal view writes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tiercel.cli.view import human_amount, human_duration, progress_text
from tiercel.model.job import Progress


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.0431, "43 ms"), (1.268, "1.27 s"), (125, "2 min 05 s"), (4320, "1 h 12 min")],
)
def test_durations_read_as_people_write_them(seconds, text):
    assert human_duration(timedelta(seconds=seconds)) == text


@pytest.mark.parametrize(
    ("amount", "unit", "text"),
    [(512, "bytes", "512 B"), (3_250_000, "B", "3.1 MiB"), (512_000, "rows", "512,000 rows")],
)
def test_amounts_carry_their_unit(amount, unit, text):
    assert human_amount(amount, unit) == text


@pytest.mark.parametrize(
    ("progress", "text"),
    [
        (Progress("e", "t", "rows", 10_000, None, "rows"), "10,000 rows"),
        (Progress("e", "t", "copied", 512, 2048, "B"), "copied 512 B of 2.0 KiB, 25 %"),
        (Progress("e", "t", "copied", 2048, 2048, "B"), "copied 2.0 KiB"),
    ],
)
def test_progress_is_one_line(progress, text):
    assert progress_text(progress) == text
