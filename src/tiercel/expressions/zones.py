"""Time zones by the ids that Java knows: regions, offsets, ``UTC+3``."""

from __future__ import annotations

import re
from datetime import UTC, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import Final, NamedTuple

from tiercel.expressions.errors import ExpressionError

_OFFSET: Final = re.compile(r"([+-])([0-9]{1,2})(?::?([0-9]{2})(?::?([0-9]{2}))?)?", re.ASCII)
_REGION: Final = re.compile(r"[A-Za-z][A-Za-z0-9~/._+-]+")
_LARGEST_OFFSET: Final = 18 * 3600
_NO_REGIONS: Final = frozenset({"EST", "MST", "HST", "ROC", "Factory", "localtime", "posixrules"})


class Zone(NamedTuple):
    """A time zone.

    Attributes:
        id: As it is written out, such as ``Europe/Paris``, ``Z`` or ``+02:00``.
        info: Its rules.
        is_region: Whether it has rules rather than one offset.
    """

    id: str
    info: tzinfo
    is_region: bool


UTC_ZONE: Final = Zone("UTC", UTC, True)
ZULU: Final = Zone("Z", UTC, False)


def offset_zone(seconds: int) -> Zone:
    """The zone of one offset in seconds."""
    if not seconds:
        return ZULU
    info = timezone(timedelta(seconds=seconds))
    return Zone(written_offset(seconds, ":", with_seconds=True), info, False)


def written_offset(
    seconds: int, separator: str, *, with_seconds: bool, with_minutes: bool = True
) -> str:
    """An offset such as ``+02:00``; seconds only when there are some."""
    sign = "-" if seconds < 0 else "+"
    hours, rest = divmod(abs(seconds), 3600)
    minutes, rest = divmod(rest, 60)
    text = f"{sign}{hours:02d}"
    if with_minutes or minutes:
        text += f"{separator}{minutes:02d}"
    if with_seconds and rest:
        text += f"{separator}{rest:02d}"
    return text


def parsed_offset(text: str) -> int | None:
    """Seconds of an offset such as ``+2``, ``+02:00`` or ``Z``; None when it is none."""
    if text in ("Z", "z"):
        return 0
    match = _OFFSET.fullmatch(text)
    if match is None or (len(match[2]) == 1 and match[3]):
        return None
    hours, minutes, seconds = (int(part or 0) for part in match.groups()[1:])
    total = hours * 3600 + minutes * 60 + seconds
    if minutes > 59 or seconds > 59 or total > _LARGEST_OFFSET:
        return None
    return -total if match[1] == "-" else total


@lru_cache(maxsize=512)
def zone(name: str) -> Zone:
    """The zone of an id such as ``Europe/Paris``, ``UTC``, ``GMT+3`` or ``+02:00``.

    Raises:
        ExpressionError: Kind ``value`` for an unknown id.
    """
    if name in ("UTC", "GMT", "UT"):
        return Zone(name, UTC, True)
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    offset = parsed_offset(name)
    if offset is not None and name != "z":
        return offset_zone(offset)
    for prefix in ("UTC", "GMT", "UT"):
        offset = parsed_offset(name[len(prefix) :]) if name.startswith(prefix) else None
        if offset is not None:
            shown = offset_zone(offset)
            return Zone(prefix + (shown.id if offset else ""), shown.info, True)
    is_name = _REGION.fullmatch(name) is not None and not name.startswith(("posix/", "right/"))
    if is_name and name not in _NO_REGIONS:
        try:
            return Zone(name, ZoneInfo(name), True)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            pass
    raise ExpressionError(
        "value",
        f"Unknown time zone `{name[:50]}`",
        hint="Use a region such as `Europe/Paris`, `UTC` or an offset such as `+02:00`",
    )
