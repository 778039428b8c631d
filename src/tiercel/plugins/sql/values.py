"""Values as PostgreSQL sends them, turned into Python's and from there into JSON.

psycopg's own loaders do most of it. The ones here keep what those lose or refuse: months of an
interval, dates that are infinite or out of Python's range, money, and types shown as their text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, tzinfo
from functools import cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

if TYPE_CHECKING:
    from psycopg.adapt import AdaptersMap

_VOID_TYPE = 2278
_INTERVAL = re.compile(
    r"(?:(?P<years>[+-]?\d+) years? ?)?(?:(?P<months>[+-]?\d+) mons? ?)?"
    r"(?:(?P<days>[+-]?\d+) days? ?)?"
    r"(?:(?P<sign>[+-]?)(?P<hours>\d+):(?P<minutes>\d\d):(?P<seconds>\d\d)(?:\.\d+)?)?"
)
_EPOCH = date(1970, 1, 1)
_AS_TEXT = (
    *("record", "inet", "cidr", "int4range", "int8range", "numrange", "daterange", "tsrange"),
    *("tstzrange", "int4multirange", "int8multirange", "nummultirange", "datemultirange"),
    *("tsmultirange", "tstzmultirange"),
)


@cache
def adapters() -> AdaptersMap:
    """Return how results are loaded: psycopg's rules with those of this module over them."""
    import psycopg
    from psycopg.adapt import AdaptersMap, Loader
    from psycopg.types import datetime as moments
    from psycopg.types.string import TextLoader

    def lenient(base: type[Loader]) -> type[Loader]:
        class LenientLoader(base):  # type: ignore[valid-type, misc]
            """Gives the text where Python has no such date: ``infinity``, year 10000, BC."""

            def load(self, data: Any) -> Any:
                try:
                    return super().load(data)
                except psycopg.DataError:
                    return bytes(data).decode()

        return LenientLoader

    class IntervalLoader(Loader):
        """Gives ``P10Y4M5DT0H0M10S``."""

        def load(self, data: Any) -> str:
            return full_duration(bytes(data).decode())

    class MoneyLoader(Loader):
        """Gives a float of ``$1,234.50``, whatever the currency sign."""

        def load(self, data: Any) -> float:
            return money(bytes(data).decode())

    class BitLoader(Loader):
        """Gives a boolean of a single bit, else the text."""

        def load(self, data: Any) -> bool | str:
            text = bytes(data).decode()
            return text == "1" if len(text) == 1 else text

    class VoidLoader(Loader):
        """Gives None."""

        def load(self, data: Any) -> None:
            return None

    found = AdaptersMap(psycopg.adapters)
    found.register_loader("date", lenient(moments.DateLoader))
    found.register_loader("timestamp", lenient(moments.TimestampLoader))
    found.register_loader("timestamptz", lenient(moments.TimestamptzLoader))
    found.register_loader("time", lenient(moments.TimeLoader))
    found.register_loader("interval", IntervalLoader)
    found.register_loader("money", MoneyLoader)
    found.register_loader("bit", BitLoader)
    found.register_loader(_VOID_TYPE, VoidLoader)
    for name in _AS_TEXT:
        found.register_loader(name, TextLoader)
    return found


def money(text: str) -> float:
    """Return the amount of a ``money`` text: sign kept, currency and separators dropped."""
    digits = "".join(character for character in text if character.isdigit() or character in ".,")
    whole, point, cents = digits, "", ""
    if len(digits) > 3 and digits[-3] in ".,":
        whole, point, cents = digits[:-3], ".", digits[-2:]
    amount = float("".join(filter(str.isdigit, whole)) + point + cents)
    return -amount if "-" in text or text.startswith("(") else amount


def full_duration(text: str) -> str:
    """Return ``P1Y2M-3DT4H5M6S`` of an interval's text, seconds cut to whole ones.

    Other styles than PostgreSQL's own (``SET intervalstyle``) come back as they are.
    """
    found = _INTERVAL.fullmatch(text.strip())
    if found is None:
        return text
    years, months, days = (int(found[name] or 0) for name in ("years", "months", "days"))
    sign = -1 if found["sign"] == "-" else 1
    hours, minutes, seconds = (
        sign * int(found[name] or 0) for name in ("hours", "minutes", "seconds")
    )
    return f"P{years}Y{months}M{days}DT{hours}H{minutes}M{seconds}S"


class Normalizer:
    """Gives the final Python value of a cell, by the type of its column.

    Args:
        zone: Moments with a zone are shown in it.
    """

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone

    def __call__(self, value: Any) -> Any:
        change = _CHANGES.get(type(value))
        return value if change is None else change(self, value)

    def moment(self, value: datetime) -> datetime:
        return value if value.tzinfo is None else value.astimezone(self._zone)

    def clock(self, value: time) -> time:
        if value.tzinfo is None:
            return value.replace(microsecond=0)
        # the offset of a zone needs a day; the same one is taken as the original takes it
        moment = datetime.combine(_EPOCH, value).astimezone(self._zone)
        return moment.time()

    def items(self, value: list[Any]) -> list[Any]:
        return [self(item) for item in value]


_CHANGES: Mapping[type, Callable[[Normalizer, Any], Any]] = {
    datetime: Normalizer.moment,
    time: Normalizer.clock,
    list: Normalizer.items,
    UUID: lambda _, value: str(value),
    memoryview: lambda _, value: bytes(value),
    bytearray: lambda _, value: bytes(value),
}
