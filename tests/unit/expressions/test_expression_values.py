from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from tiercel.expressions import ExpressionError, render

PARIS = ZoneInfo("Europe/Paris")


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.1, "0.1"),
        (3.0, "3.0"),
        (9999999.5, "9999999.5"),
        (1e7, "1.0E7"),
        (123456780.0, "1.2345678E8"),
        (0.001, "0.001"),
        (0.0001, "1.0E-4"),
        (-0.0, "-0.0"),
        (1e300, "1.0E300"),
        (-2.5e-10, "-2.5E-10"),
        (float("nan"), "NaN"),
        (float("inf"), "Infinity"),
        (float("-inf"), "-Infinity"),
    ],
)
def test_doubles_are_written_as_short_as_they_read_back(number, text):
    assert render("{{ x }}", {"x": number}) == text
    assert render("{{ '' ~ x }}", {"x": number}) == text


@pytest.mark.parametrize(
    ("value", "printed", "joined"),
    [
        (None, "", "null"),
        (True, "true", "true"),
        ({"a": None, "b": [None]}, '{"b":[null]}', "{a=null, b=[null]}"),
        (datetime(2024, 1, 15, 9, tzinfo=UTC), "2024-01-15T09:00:00Z", "2024-01-15T09:00:00Z"),
        (
            datetime(2024, 1, 15, 9, 0, 0, 123000, tzinfo=UTC),
            "2024-01-15T09:00:00.123Z",
            "2024-01-15T09:00:00.123Z",
        ),
        (
            datetime(2024, 7, 15, 9, tzinfo=PARIS),
            "2024-07-15T09:00+02:00[Europe/Paris]",
            "2024-07-15T09:00+02:00[Europe/Paris]",
        ),
        (date(2024, 1, 15), "2024-01-15", "2024-01-15"),
        (timedelta(minutes=5), "PT5M", "PT5M"),
        (timedelta(days=2, seconds=1.5), "PT48H1.5S", "PT48H1.5S"),
        (Decimal("1.10"), "1.10", "1.10"),
        ((1, 2), "[1,2]", "[1, 2]"),
    ],
)
def test_a_value_prints_and_joins(value, printed, joined):
    assert render("{{ x }}", {"x": value}) == printed
    assert render("{{ [x] | join }}", {"x": value}) == joined


def test_json_of_dates_has_offset_and_durations_are_seconds():
    context = {"m": {"at": datetime(2024, 7, 15, 9, tzinfo=PARIS), "for": timedelta(seconds=90)}}
    assert render("{{ m }}", context) == ('{"at":"2024-07-15T09:00:00+02:00","for":90.000000000}')


def test_json_escapes_only_what_it_must():
    assert render("{{ x | json }}", {"x": '"\\/\b\f\n\r\t\x01\x1fé😀\u2028'}) == (
        '"\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001Fé😀\u2028"'
    )


def test_json_writes_nan_as_text():
    assert render("{{ [x] }}", {"x": float("nan")}) == '["NaN"]'


def test_an_entry_of_a_map_prints_as_a_pair():
    template = "{% for e in m %}{{ e }} {{ e.key }}:{{ e.value }} {{ e | json }} {% endfor %}"
    assert render(template, {"m": {"a": 1}}) == 'a=1 a:1 {"a":1} '


def test_values_of_other_types_are_refused():
    for template in ("{{ x }}", "{{ [x] }}", "{{ 'a' ~ x }}", "{{ x | json }}", "{{ x | toIon }}"):
        with pytest.raises(ExpressionError) as caught:
            render(template, {"x": object()})
        assert caught.value.kind == "type"


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ 9223372036854775807 + 1 }}", "-9223372036854775808"),
        ("{{ -9223372036854775807 - 2 }}", "9223372036854775807"),
        ("{{ 9223372036854775807 * 2 }}", "-2"),
        ("{{ '9223372036854775808' | number + 1 }}", "9223372036854775809"),
        ("{{ '0x1F' | number }} {{ '010' | number }} {{ '5L' | number }}", "31 8 5"),
        ("{{ '1.10' | number('BIGDECIMAL') + 1 }}", "2.10"),
        ("{{ ('1' | number('BIGDECIMAL')) / 3 }}", "0." + "3" * 34),
        ("{{ 0.0 / 0 }} {{ -1 / 0.0 }} {{ 5.0 % 0 }}", "NaN -Infinity NaN"),
        ("{{ -7 % 3 }} {{ -7.5 % 2 }}", "-1 -1.5"),
        ("{{ 9007199254740993 == 9007199254740992 }}", "true"),
        ("{{ [1] == [1.0] }} {{ true == 1 }} {{ [true] contains 1 }}", "true false false"),
        ("{{ 'a' < 'b' }} {{ 'B' < 'a' }}", "true true"),
        ("{{ [3, 1, 3, 2] - [3] }}", "[1,2]"),
        ("{{ {'b': 1, 'a': 2} | merge({'b': 3, 'c': 4}) }}", '{"b":3,"a":2,"c":4}'),
    ],
)
def test_arithmetic_and_comparison(template, text):
    assert render(template, {}) == text


def test_operators_never_change_their_sides():
    context = {"xs": [3, 1], "m": {"a": 1}}
    render(
        "{{ xs + 1 }}{{ xs - 1 }}{{ xs | sort }}{{ xs | reverse }}{{ m | merge({'b': 2}) }}",
        context,
    )
    render("{% set xs = 5 %}{% set m = 6 %}{{ xs }}", context)
    assert context == {"xs": [3, 1], "m": {"a": 1}}
