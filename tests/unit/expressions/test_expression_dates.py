from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from tiercel.expressions import ExpressionError, LocalServices, render

AT = "2024-03-05T14:07:09.123456Z"


def written(template: str, **context) -> str:
    return render("{{ " + template + " }}", {"d": AT, **context})


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("iso", "2024-03-05T14:07:09.123456Z"),
        ("iso_sec", "2024-03-05T14:07:09Z"),
        ("sql", "2024-03-05 14:07:09.123456"),
        ("sql_seq", "2024-03-05 14:07:09"),
        ("iso_date_time", "2024-03-05T14:07:09.123456Z[UTC]"),
        ("iso_local_date_time", "2024-03-05T14:07:09.123456"),
        ("iso_instant", "2024-03-05T14:07:09.123456Z"),
        ("iso_date", "2024-03-05Z"),
        ("iso_local_date", "2024-03-05"),
        ("iso_time", "14:07:09.123456Z"),
        ("iso_offset_time", "14:07:09.123456Z"),
        ("iso_local_time", "14:07:09.123456"),
        ("iso_ordinal_date", "2024-065Z"),
        ("iso_week_date", "2024-W10-2Z"),
        ("rfc_1123_date_time", "Tue, 5 Mar 2024 14:07:09 GMT"),
    ],
)
def test_named_formats(name, text):
    assert written("d | date(f)", f=name) == text


def test_the_zone_stands_behind_the_offset():
    assert written("d | date('iso_zoned_date_time', timeZone='Europe/Paris')") == (
        "2024-03-05T15:07:09.123456+01:00[Europe/Paris]"
    )


def test_fractions_are_as_long_as_needed():
    assert written("'2024-03-05T14:07:09.5Z' | date('iso_local_time')") == "14:07:09.5"
    assert written("'2024-03-05T14:07:09Z' | date('iso_local_time')") == "14:07:09"
    assert written("'2024-03-05T14:07:09.5Z' | date('iso_instant')") == "2024-03-05T14:07:09.500Z"
    assert written("'2024-03-05T14:07:09.123456789Z' | date('SSSSSSSSS')") == "123456789"


@pytest.mark.parametrize("style", ["full", "long", "medium", "short"])
def test_styles_of_a_locale(style):
    assert "24" in written("d | date(f)", f=style)
    assert written("d | date('short', locale='de_DE')") == "05.03.24, 14:07"


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("G GGGG GGGGG", "AD Anno Domini A"),
        ("y yy yyy yyyy yyyyy", "2024 24 2024 2024 02024"),
        ("M MM MMM MMMM MMMMM L LLLL", "3 03 Mar March M 3 March"),
        ("Q QQ QQQ QQQQ q", "1 01 Q1 1st quarter 1"),
        ("w ww W", "10 10 2"),
        ("D DD DDD", "65 65 065"),
        ("d dd E EEEE EEEEE e ee c", "5 05 Tue Tuesday T 3 03 3"),
        ("a h hh K k H HH", "PM 2 02 2 14 14 14"),
        ("m mm s ss S SSS", "7 07 9 09 1 123"),
        ("A n N", "50829123 123456000 50829123456000"),
        ("VV z zzzz O OOOO", "UTC UTC Coordinated Universal Time GMT GMT"),
        ("X XX XXX XXXX XXXXX x xx xxx Z ZZZZ ZZZZZ", "Z Z Z Z Z +00 +0000 +00:00 +0000 GMT Z"),
        ("pppH|ppH", " 14|14"),
        ("yyyy'T'HH ''", "2024T14 '"),
        ("[HH]:[mm]", "14:07"),
        ("d/M — 年", "5/3 — 年"),
    ],
)
def test_pattern_letters(pattern, text):
    assert written("d | date(f)", f=pattern) == text


def test_pattern_letters_with_a_zone():
    pattern = "z zzzz O OOOO X XX XXX x Z ZZZZ ZZZZZ VV"
    assert written("d | date(f, timeZone='Asia/Kolkata')", f=pattern) == (
        "IST India Standard Time GMT+5:30 GMT+05:30 +0530 +0530 +05:30 +0530 +0530 GMT+05:30 "
        "+05:30 Asia/Kolkata"
    )


@pytest.mark.parametrize(
    "pattern",
    [
        "b",
        "yyyy#",
        "{yyyy}",
        "ddd",
        "hhh",
        "SSSSSSSSSS",
        "V",
        "VVV",
        "OO",
        "cc",
        "aa",
        "'x",
        "]",
        "pp",
        "I",
    ],
)
def test_malformed_patterns(pattern):
    with pytest.raises(ExpressionError) as caught:
        written("d | date(f)", f=pattern)
    assert caught.value.kind == "value"


@pytest.mark.parametrize(
    ("locale", "text"),
    [
        ("en_US", "Tuesday March Tue Mar"),
        ("fr_FR", "mardi mars mar. mars"),
        ("de-DE", "Dienstag März Di. März"),
        ("es", "martes marzo mar mar"),
        ("xx", "Tuesday March Tue Mar"),
    ],
)
def test_names_of_locales(locale, text):
    assert written("d | date('EEEE MMMM E MMM', locale=l)", l=locale) == text


@pytest.mark.parametrize("locale", ["FR", "fr_fr", "français", "fr__FR"])
def test_malformed_locales(locale):
    with pytest.raises(ExpressionError, match="Malformed locale"):
        written("d | date('EEEE', locale=l)", l=locale)


@pytest.mark.parametrize(
    ("day", "locale", "text"),
    [
        ("2024-12-30", "en_US", "2025 1"),
        ("2024-12-30", "fr_FR", "2025 1"),
        ("2023-01-01", "en_US", "2023 1"),
        ("2023-01-01", "fr_FR", "2022 52"),
        ("2021-01-01", "de_DE", "2020 53"),
    ],
)
def test_weeks_of_locales(day, locale, text):
    assert written("x | date('YYYY w', locale=l)", x=day, l=locale) == text


@pytest.mark.parametrize(
    ("zone", "text"),
    [
        ("UTC", "14:07 UTC"),
        ("GMT+3", "17:07 GMT+03:00"),
        ("UTC-05:30", "08:37 UTC-05:30"),
        ("+02:00", "16:07 +02:00"),
        ("-0530", "08:37 -05:30"),
        ("Z", "14:07 Z"),
        ("America/Sao_Paulo", "11:07 America/Sao_Paulo"),
    ],
)
def test_zones(zone, text):
    assert written("d | date('HH:mm VV', timeZone=z)", z=zone) == text


@pytest.mark.parametrize(
    "zone",
    [
        "EST",
        "europe/paris",
        "Mars/Olympus",
        "+19:00",
        "../UTC",
        "/etc/passwd",
        "",
        "x" * 300,
        "posix/UTC",
    ],
)
def test_unknown_zones(zone):
    template = "d | date('VV', timeZone=z)"
    if not zone:
        assert written(template, z=zone) == "UTC"
        return
    with pytest.raises(ExpressionError, match="Unknown time zone"):
        written(template, z=zone)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "1970-01-01T00:00:00.000000Z"),
        (-1, "1969-12-31T23:59:59.000000Z"),
        (datetime(2024, 1, 2, 3, 4, 5, 6, tzinfo=UTC), "2024-01-02T03:04:05.000006Z"),
        (datetime(2024, 7, 2, 3, tzinfo=ZoneInfo("Europe/Paris")), "2024-07-02T01:00:00.000000Z"),
        (datetime(2024, 1, 2, 3), "2024-01-02T03:00:00.000000Z"),  # noqa: DTZ001
        (date(2024, 1, 2), "2024-01-02T12:00:00.000000Z"),
        ("2024-01-02", "2024-01-02T00:00:00.000000Z"),
        ("2024-01-02T03:04", "2024-01-02T03:04:00.000000Z"),
        ("2024-01-02T03:04:05.123456789+01", "2024-01-02T02:04:05.123456Z"),
        ("2024-01-02T03:04:05+01:00:30", "2024-01-02T02:03:35.000000Z"),
    ],
)
def test_inputs(value, text):
    assert written("x | date", x=value) == text


@pytest.mark.parametrize(
    "value",
    [
        "2024-1-2",
        "2024-02-30",
        "2024-01-02 03:04",
        "2024-01-02T25:00",
        "2024-01-02T03:04+0100",
        "20240102",
        "",
        "x",
    ],
)
def test_texts_that_are_no_dates(value):
    with pytest.raises(ExpressionError) as caught:
        written("x | date", x=value)
    assert caught.value.kind == "value"


@pytest.mark.parametrize("value", [True, 2.5, [1], {"a": 1}])
def test_values_that_are_no_dates(value):
    with pytest.raises(ExpressionError) as caught:
        written("x | date", x=value)
    assert caught.value.kind == "type"


@pytest.mark.parametrize(
    ("text", "pattern", "result"),
    [
        ("20240131", "yyyyMMdd", "2024-01-31T00:00"),
        ("2024013108", "yyyyMMddHH", "2024-01-31T08:00"),
        ("31/4/24", "d/M/yy", "2024-04-30T00:00"),
        ("31/04/2024", "dd/MM/yyyy", "2024-04-30T00:00"),
        ("1/2/2024 3:04 PM", "M/d/yyyy h:mm a", "2024-01-02T15:04"),
        ("12 AM, Jan 2 2024", "h a, MMM d yyyy", "2024-01-02T00:00"),
        ("Tuesday 5 March 2024", "EEEE d MMMM yyyy", "2024-03-05T00:00"),
        ("2024-065", "yyyy-DDD", "2024-03-05T00:00"),
        ("2024-03-05T10:00+02:00", "yyyy-MM-dd'T'HH:mmXXX", "2024-03-05T08:00"),
        ("2024-03-05 10:00 Europe/Paris", "yyyy-MM-dd HH:mm VV", "2024-03-05T09:00"),
        ("2024-03-05 10:00 +0530", "yyyy-MM-dd HH:mm Z", "2024-03-05T04:30"),
        ("2024-03-05 10:00", "yyyy-MM-dd HH:mm[:ss]", "2024-03-05T10:00"),
        ("2024-03-05 24", "yyyy-MM-dd kk", "2024-03-05T00:00"),
        ("2024-W10-2Z", "iso_week_date", "2024-03-05T00:00"),
        ("2024-065Z", "iso_ordinal_date", "2024-03-05T00:00"),
        ("Tue, 5 Mar 2024 14:07:09 GMT", "rfc_1123_date_time", "2024-03-05T14:07"),
        ("2024-03-05 14:07:09", "sql_seq", "2024-03-05T14:07"),
        ("2024-03-05T14:07:09Z[UTC]", "iso_date_time", "2024-03-05T14:07"),
    ],
)
def test_texts_by_a_pattern(text, pattern, result):
    assert (
        written("x | date(\"yyyy-MM-dd'T'HH:mm\", existingFormat=f)", x=text, f=pattern) == result
    )


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("32/01/2024", "dd/MM/yyyy"),
        ("01/13/2024", "dd/MM/yyyy"),
        ("1/01/2024", "dd/MM/yyyy"),
        ("2024-01", "yyyy-MM"),
        ("Wednesday 5 March 2024", "EEEE d MMMM yyyy"),
        ("tuesday 5 March 2024", "EEEE d MMMM yyyy"),
        ("2024-01-02x", "yyyy-MM-dd"),
        ("14:07:09Z", "iso_time"),
        ("x", "full"),
        ("x", "ddd"),
    ],
)
def test_texts_that_do_not_fit_a_pattern(text, pattern):
    with pytest.raises(ExpressionError) as caught:
        written("x | date(existingFormat=f)", x=text, f=pattern)
    assert caught.value.kind == "value"


@pytest.mark.parametrize(
    ("start", "amount", "unit", "text"),
    [
        ("2024-01-31T00:00:00Z", 1, "MONTHS", "2024-02-29T00:00:00.000000Z"),
        ("2024-02-29T00:00:00Z", -1, "YEARS", "2023-02-28T00:00:00.000000Z"),
        ("2024-02-29T00:00:00Z", 1, "CENTURIES", "2124-02-29T00:00:00.000000Z"),
        ("2024-01-01T00:00:00Z", -1, "NANOS", "2023-12-31T23:59:59.999999Z"),
        ("2024-01-01T00:00:00Z", 1500, "MILLIS", "2024-01-01T00:00:01.500000Z"),
        ("2024-01-01T00:00:00Z", 2, "WEEKS", "2024-01-15T00:00:00.000000Z"),
    ],
)
def test_adding(start, amount, unit, text):
    assert written("x | dateAdd(a, u)", x=start, a=amount, u=unit) == text


def test_days_in_the_overlap_keep_their_offset():
    start = datetime(2024, 10, 26, 2, 30, tzinfo=ZoneInfo("Europe/Paris"))
    moved = written("x | dateAdd(1, 'DAYS', timeZone='Europe/Paris')", x=start)
    assert moved == "2024-10-27T02:30:00.000000+02:00"


def test_dates_out_of_range():
    for template in (
        "99999999999999 | date",
        "d | dateAdd(9, 'MILLENNIA')",
        "d | dateAdd(n, 'DAYS')",
    ):
        with pytest.raises(ExpressionError, match="outside the years"):
            written(template, n=2**62)


def test_timestamps():
    assert written("d | timestamp ~ ''") == "1709647629"
    assert written("'1969-12-31T23:59:59.5Z' | timestamp") == "-1"
    assert written("d | timestampMilli") == "1709647629123"
    assert written("d | timestampMicro") == "1709647629000123456"
    assert written("d | timestampNano") == "1709647629123456000"
    assert written("(d | timestampNano) is json") == "true"


class AtNoon(LocalServices):
    """A server in Paris, at noon for ever."""

    def now(self) -> datetime:
        return datetime(2024, 6, 1, 10, tzinfo=UTC)


def test_the_server_has_a_zone_and_a_locale():
    services = AtNoon("Europe/Paris", "fr_FR")
    assert render("{{ now() }}", {}, services) == "2024-06-01T12:00:00.000000+02:00"
    assert (
        render("{{ now('EEEE', locale='en') }} {{ now('EEEE') }}", {}, services)
        == "Saturday samedi"
    )
    assert render("{{ '2024-06-01' | date }}", {}, services) == "2024-06-01T00:00:00.000000+02:00"
    assert render("{{ 1234.5 | numberFormat }}", {}, services) == "1\u202f234,5"


@pytest.mark.parametrize(
    ("call", "text"),
    [
        ("isWeekend('2024-06-01')", "true"),
        ("dayOfWeek('2024-06-03')", "MONDAY"),
        ("dayOfMonth('2024-06-03')", "3"),
        ("monthOfYear('2024-06-03')", "6"),
        ("hourOfDay('2024-06-03T09:30:00Z')", "9"),
        ("isLastWorkingDay('2024-06-28')", "true"),
        ("isLastWorkingDay('2024-06-30')", "false"),
        ("isDayWeekInMonth('2024-06-03', 'MONDAY', 'FIRST')", "true"),
        ("isDayWeekInMonth('2024-06-24', 'MONDAY', 'LAST')", "true"),
        ("isDayWeekInMonth('2024-06-24', 'TUESDAY', 'LAST')", "false"),
    ],
)
def test_functions_of_days(call, text):
    assert written(call) == text
