"""What the NATS client leaves to the collector when it loses connections."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

_TRANSPORTS = "(_SelectorTransport|_SSLProtocolTransport|StreamWriter)"
_LEFT = rf"(function {_TRANSPORTS}\.__del__|(socket\.socket|ssl\.SSLSocket) fd)"
LEFT_SOCKETS = f"ignore:Exception ignored in. <{_LEFT}:pytest.PytestUnraisableExceptionWarning"
"""A filter of warnings: sockets of connections that failed."""


@pytest.fixture(autouse=True)
def collected(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Collect what clients left, while nobody complains.

    What was logged holds errors, and these the clients that met them: kept until the next test,
    they would be collected in that.
    """
    yield
    for phase in ("setup", "call"):
        caplog.get_records(phase).clear()
    gc.collect()
