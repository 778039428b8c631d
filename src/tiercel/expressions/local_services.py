"""Services of this machine alone: its clock and its randomness, read nowhere else here."""

from __future__ import annotations

import os
from datetime import UTC, datetime

from tiercel.expressions.services import NoServices


class LocalServices(NoServices):
    """Clock and randomness of this machine; files, secrets and servers are not available.

    Args:
        zone: The default time zone, an IANA id.
        locale: The default locale.
    """

    def __init__(self, zone: str = "UTC", locale: str = "en_US") -> None:
        self.zone = zone
        self.locale = locale

    def now(self) -> datetime:
        """The current time in UTC."""
        return datetime.now(UTC)

    def random_bytes(self, count: int) -> bytes:
        """Bytes of the operating system's generator."""
        return os.urandom(count)
