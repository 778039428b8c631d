"""The log of errors that expressions read with ``errorLogs()``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from tiercel.expressions import Services


def with_error_logs(services: Services, entries: Sequence[Mapping[str, Any]]) -> Services:
    """Return services that know the errors an execution has logged so far."""
    return cast("Services", _ErrorLogs(services, entries))


class _ErrorLogs:
    """All that other services offer, and a log of errors."""

    def __init__(self, services: Services, entries: Sequence[Mapping[str, Any]]) -> None:
        self._services = services
        self._entries = entries

    def error_logs(self) -> list[dict[str, object]]:
        """Return the entries, oldest first."""
        return [dict(entry) for entry in self._entries]

    def __getattr__(self, name: str) -> Any:
        """Give whatever else there is."""
        return getattr(self._services, name)
