"""HTTP as it comes in, with what the application interface leaves out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_WRITTEN = "headers as written"


class HeadersAsWritten(HttpToolsProtocol):
    """Keeps the names of headers as the client wrote them.

    The interface to applications has them in lower case; flows that look at
    ``trigger.headers['X-GitHub-Event']`` want them as they are.
    """

    def on_message_begin(self) -> None:
        """Begin a list of headers for a request."""
        super().on_message_begin()
        self.scope["state"][_WRITTEN] = []

    def on_header(self, name: bytes, value: bytes) -> None:
        """Note a header, and pass it on."""
        super().on_header(name, value)
        self.scope["state"][_WRITTEN].append((name, value))


def written_headers(scope: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return all values of each header of a request, by the name as it was written first.

    Names are in lower case when the server does not know how they were written.
    """
    names: dict[str, str] = {}
    found: dict[str, list[str]] = {}
    for name, value in scope.get("state", {}).get(_WRITTEN) or scope["headers"]:
        written = name.decode("latin-1")
        own = names.setdefault(written.lower(), written)
        found.setdefault(own, []).append(value.decode("latin-1"))
    return found
