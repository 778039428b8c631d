"""The real clock and the real source of ids; everything below ``services`` is handed them."""

from __future__ import annotations

import os
from datetime import UTC, datetime

from tiercel.model.ids import base62


def utc_now() -> datetime:
    """Return the current moment, aware, in UTC."""
    return datetime.now(UTC)


_ID_BYTES, _AT_ONCE = 16, 64
_random: list[bytes] = []
"""Random bytes of ids to come: to ask the system for those of many costs as much as for one."""

os.register_at_fork(after_in_child=_random.clear)


def new_id() -> str:
    """Return a fresh random id of 22 characters."""
    try:
        number = _random.pop()
    except IndexError:
        lot = os.urandom(_ID_BYTES * _AT_ONCE)
        _random.extend(lot[start : start + _ID_BYTES] for start in range(0, len(lot), _ID_BYTES))
        number = _random.pop()
    return base62(int.from_bytes(number))
