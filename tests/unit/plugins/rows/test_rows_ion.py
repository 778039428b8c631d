"""Row files: the exact text, and reading it back."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tiercel.plugins.rows.ion import IonError, ion_line, ion_text, read_rows

PARIS = ZoneInfo("Europe/Paris")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"id": 1, "value": "value1"}, '{id:1,value:"value1"}'),
        ({"first name": "x", "true": 1, "it's": 2}, "{'first name':\"x\",'true':1,'it\\'s':2}"),
        ('a"b\\c\nd\té', '"a\\"b\\\\c\\nd\\té"'),
        (12345.12345, "12345.12345e0"),
        (1e22, "1.0e22"),
        (1.5e-7, "1.5e-7"),
        (math.inf, "+inf"),
        (-math.inf, "-inf"),
        (math.nan, "nan"),
        (Decimal("1.50"), "1.50"),
        (Decimal("100000000000000000000"), "100000000000000000000."),
        (Decimal("1E+3"), "1000"),
        (True, "true"),
        (None, "null"),
        (b"hello", "{{aGVsbG8=}}"),
        (date(2030, 12, 25), "2030-12-25"),
        (
            datetime.fromisoformat("2004-10-19T10:23:54.999999"),
            'LocalDateTime::"2004-10-19T10:23:54.999999"',
        ),
        (
            datetime(2004, 10, 19, 10, 23, 54, 250000, PARIS),
            'ZonedDateTime::"2004-10-19T10:23:54.25+02:00[Europe/Paris]"',
        ),
        (
            datetime(2004, 10, 19, 10, 23, 54, tzinfo=ZoneInfo("Etc/UTC")),
            'ZonedDateTime::"2004-10-19T10:23:54Z[Etc/UTC]"',
        ),
        (
            datetime(2004, 10, 19, 8, 23, 54, tzinfo=timezone(timedelta(hours=2))),
            'OffsetDateTime::"2004-10-19T08:23:54+02:00"',
        ),
        (datetime(2004, 10, 19, 8, 23, 54, 999999, UTC), "2004-10-19T08:23:54.999Z"),
        (time(4, 5, 30), 'LocalTime::"04:05:30"'),
        (timedelta(seconds=12.345), "12.345000000"),
        ([1, [2, None]], "[1,[2,null]]"),
    ],
)
def test_each_value_has_one_text(value: Any, text: str) -> None:
    assert ion_text(value) == text


def test_a_row_is_one_line() -> None:
    assert ion_line({"text": "two\nlines"}).count("\n") == 1


def test_an_unknown_type_is_refused() -> None:
    with pytest.raises(TypeError, match="can't hold a value of type complex"):
        ion_text(1j)


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary()
    | st.dates()
    | st.datetimes()
    | st.times(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@settings(max_examples=60)
@given(st.lists(st.dictionaries(st.text(max_size=5), values), max_size=3))
def test_what_is_written_is_read_back(rows: list[dict[str, Any]]) -> None:
    lines = "".join(map(ion_line, rows)).splitlines(keepends=True)
    assert list(read_rows("".join(lines).split("\n"))) == rows


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("{ a : 1 , b : [ 1 , 2 , ] }", [{"a": 1, "b": [1, 2]}]),
        ("{a:1} {a:2}", [{"a": 1}, {"a": 2}]),
        ("{a:\n  1}\n// note\n{a:/* two */2}", [{"a": 1}, {"a": 2}]),
        ("2004-10-19T10:23:54.999Z", [datetime(2004, 10, 19, 10, 23, 54, 999000, UTC)]),
        ("2030-12-25", [date(2030, 12, 25)]),
        ("1.50 0x1F 1_000 2d3", [Decimal("1.50"), 31, 1000, Decimal(2000)]),
        ("symbol 'quoted symbol' null.int", ["symbol", "quoted symbol", None]),
        ('Unknown::"text"', ["text"]),
        (
            'ZonedDateTime::"2004-10-19T10:23:54Z[Etc/UTC]"',
            [datetime(2004, 10, 19, 10, 23, 54, tzinfo=UTC)],
        ),
    ],
)
def test_any_ion_text_is_read(text: str, rows: list[Any]) -> None:
    assert list(read_rows(text.splitlines(keepends=True))) == rows


@pytest.mark.parametrize(
    ("line", "row"),
    [
        ('{id:1,f:1.5e0,d:1.50,s:"x",n:null,b:true}', {"id": 1, "f": 1.5, "d": Decimal("1.50")}),
        ('{s:"{a:1,b:2}"}', {"s": "{a:1,b:2}"}),
        ('{s:"x,b:\\"y\\""}', {"s": 'x,b:"y"'}),
        ('{"id":1,"day":"2030-12-25"}', {"id": 1, "day": "2030-12-25"}),
        ('{s:"a\\x07b"}', {"s": "a\x07b"}),
        ("{x:NaN}", {"x": "NaN"}),
    ],
)
def test_rows_that_look_like_json(line: str, row: dict[str, Any]) -> None:
    (found,) = read_rows([line])
    assert found | row == found
    assert {name: type(value) for name, value in row.items()}.items() <= {
        name: type(value) for name, value in found.items()
    }.items()


def test_a_value_over_many_lines_is_read_in_time() -> None:
    lines = ["[\n", *["  {a: 1},\n"] * 20_000, "]\n", "{a:2}\n"]
    whole, last = read_rows(lines)
    assert (len(whole), last) == (20_000, {"a": 2})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{a:1}\n{b 2}", "line 2: field 'b' has no value"),
        ("{a:1}\n(s)", "line 2: unexpected '('"),
        ("{a:1}\n{a:[1,", "line 2: the value is never closed"),
        ('LocalTime::"soon"', "line 1: 'soon' is no LocalTime"),
    ],
)
def test_what_is_no_ion_is_refused_with_its_line(text: str, message: str) -> None:
    with pytest.raises(IonError) as error:
        list(read_rows(text.splitlines(keepends=True)))
    assert str(error.value) == message
