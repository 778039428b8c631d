"""The real clock and the real source of ids; everything below ``services`` is handed them."""

from __future__ import annotations

import os
from datetime import UTC, datetime

from tiercel.model.ids import base62


def utc_now() -> datetime:
    """Return the current moment, aware, in UTC."""
    return datetime.now(UTC)


def new_id() -> str:
    """Return a fresh random id of 22 characters."""
    return base62(int.from_bytes(os.urandom(16)))
