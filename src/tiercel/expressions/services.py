"""The door to what the language can't know by itself: time, randomness, files, secrets."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from tiercel.expressions.errors import ExpressionError


class Services(Protocol):
    """What an expression may ask the outside for.

    All calls are synchronous; one template may call each of them many times, and never keeps a
    result. A service that is not there raises an ExpressionError of kind ``value``, as
    :class:`NoServices` does. Errors that an implementation raises on purpose (TiercelError) become
    errors of kind ``value`` with their message.

    Attributes:
        zone: The server's time zone, an IANA id.
        locale: The server's locale, such as ``en_US``.
        is_recursive: Whether every render repeats until its output stops changing.
    """

    zone: str
    locale: str
    is_recursive: bool

    def now(self) -> datetime:
        """The current time, aware."""
        ...

    def random_bytes(self, count: int) -> bytes:
        """Unpredictable bytes, fit for keys."""
        ...

    def random_port(self) -> int:
        """A free local TCP port."""
        ...

    def read(self, path: str, namespace: str | None) -> str:
        """Content of an internal (``kestra:///…``) or a namespace file, as UTF-8 text.

        Args:
            path: A URI, or a path inside the namespace.
            namespace: Another namespace than the flow's; None for the flow's.
        """
        ...

    def file_size(self, path: str, namespace: str | None) -> int:
        """Size of a file in bytes; arguments as for :meth:`read`."""
        ...

    def file_exists(self, path: str, namespace: str | None) -> bool:
        """Whether a file exists; arguments as for :meth:`read`."""
        ...

    def is_file_empty(self, path: str, namespace: str | None) -> bool:
        """Whether a file has no content; arguments as for :meth:`read`."""
        ...

    def kv(self, key: str, namespace: str | None, error_on_missing: bool) -> object:
        """Value of a key-value entry with its stored type; None when missing and not an error."""
        ...

    def secret(self, key: str, namespace: str | None) -> str:
        """Value of a secret. The implementation masks it wherever the run logs."""
        ...

    def error_logs(self) -> list[dict[str, object]]:
        """Log entries of level ERROR of the execution, oldest first, at most 25."""
        ...

    def http(
        self,
        uri: str,
        *,
        method: str,
        query: Mapping[str, object] | None,
        body: object,
        content_type: str,
        headers: Mapping[str, object] | None,
        options: Mapping[str, object] | None,
        accept: str,
    ) -> object:
        """Perform a request; returns the decoded body (JSON as maps and lists, else text)."""
        ...


class NoServices:
    """Refuses every call. Base for implementations that offer some services only.

    Each refusal says which function is not available; :attr:`place` says where.
    """

    zone: str = "UTC"
    locale: str = "en_US"
    is_recursive: bool = False
    place: str = "here"

    def _refuse(self, function: str) -> ExpressionError:
        return ExpressionError("value", f"Function `{function}` is not available {self.place}")

    def now(self) -> datetime:
        """Not available."""
        raise self._refuse("now")

    def random_bytes(self, count: int) -> bytes:
        """Not available."""
        raise self._refuse("uuid")

    def random_port(self) -> int:
        """Not available."""
        raise self._refuse("randomPort")

    def read(self, path: str, namespace: str | None) -> str:
        """Not available."""
        raise self._refuse("read")

    def file_size(self, path: str, namespace: str | None) -> int:
        """Not available."""
        raise self._refuse("fileSize")

    def file_exists(self, path: str, namespace: str | None) -> bool:
        """Not available."""
        raise self._refuse("fileExists")

    def is_file_empty(self, path: str, namespace: str | None) -> bool:
        """Not available."""
        raise self._refuse("isFileEmpty")

    def kv(self, key: str, namespace: str | None, error_on_missing: bool) -> object:
        """Not available."""
        raise self._refuse("kv")

    def secret(self, key: str, namespace: str | None) -> str:
        """Not available."""
        raise self._refuse("secret")

    def error_logs(self) -> list[dict[str, object]]:
        """Not available."""
        raise self._refuse("errorLogs")

    def http(
        self,
        uri: str,
        *,
        method: str,
        query: Mapping[str, object] | None,
        body: object,
        content_type: str,
        headers: Mapping[str, object] | None,
        options: Mapping[str, object] | None,
        accept: str,
    ) -> object:
        """Not available."""
        raise self._refuse("http")
