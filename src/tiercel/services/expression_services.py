"""What expressions may ask the outside for, as a running server or worker answers it."""

from __future__ import annotations

import base64
import binascii
import os
import socket
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from tiercel.expressions import ExpressionError, NoServices
from tiercel.services.clock import utc_now
from tiercel.services.kv import read_entry
from tiercel.services.secret_book import SecretBook
from tiercel.storage.paths import namespace_file

if TYPE_CHECKING:
    from datetime import datetime

    from tiercel.storage import Storage

_SECRET_PREFIX = "SECRET_"  # noqa: S105  the prefix of variable names
_READ_LIMIT = 10 * 1024 * 1024


class ExpressionServices(NoServices):
    """Clock, randomness, internal storage and the secrets of the environment.

    Args:
        environment: ``SECRET_<NAME>`` holds a secret in base64, for all namespaces.
        zone: The server's time zone, an IANA id.
        book: The secrets of namespaces; they win over those of the environment.
    """

    place = "on this server"

    def __init__(
        self,
        storage: Storage,
        environment: Mapping[str, str],
        *,
        zone: str = "UTC",
        book: SecretBook | None = None,
    ) -> None:
        self.zone = zone
        self._book = book or SecretBook()
        self._files = storage.blocking
        self._secrets = {
            name.removeprefix(_SECRET_PREFIX).upper(): value
            for name, value in environment.items()
            if name.startswith(_SECRET_PREFIX)
        }
        self._own_texts = tuple(self._readable())

    def now(self) -> datetime:
        """The current time in UTC."""
        return utc_now()

    def random_bytes(self, count: int) -> bytes:
        """Bytes of the operating system's generator."""
        return os.urandom(count)

    def random_port(self) -> int:
        """A TCP port of the loopback interface that is free at this moment."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
            return port

    def read(self, path: str, namespace: str | None) -> str:
        """Return a stored file as text; files over 10 MiB are refused."""
        content = self._files.read(_uri(path, namespace), limit_bytes=_READ_LIMIT)
        return content.decode(errors="replace")

    def file_size(self, path: str, namespace: str | None) -> int:
        """Return the size of a stored file in bytes."""
        return self._files.size(_uri(path, namespace))

    def file_exists(self, path: str, namespace: str | None) -> bool:
        """Return whether a stored file exists."""
        return self._files.exists(_uri(path, namespace))

    def kv(self, key: str, namespace: str | None, error_on_missing: bool) -> object:
        """Return the value of a key-value entry; None when missing and not an error."""
        entry = read_entry(self._files, namespace, key) if namespace is not None else None
        if entry is None and error_on_missing:
            problem = f"The key '{key}' does not exist in the namespace '{namespace}'."
            raise ExpressionError("value", problem)
        return None if entry is None else entry.value

    def is_file_empty(self, path: str, namespace: str | None) -> bool:
        """Return whether a stored file has no content."""
        return self.file_size(path, namespace) == 0

    def secret(self, key: str, namespace: str | None) -> str:
        """Return a secret; its name is case-insensitive.

        Args:
            namespace: Its secrets and those of its parents are looked at, the nearest first, then
                those of the environment.
        """
        stored = self._book.find(key, namespace)
        return stored if stored is not None else self._of_environment(key)

    def _of_environment(self, key: str) -> str:
        encoded = self._secrets.get(key.upper())
        if encoded is None:
            raise ExpressionError("value", f"Cannot find secret for key '{key}'.")
        try:
            return base64.b64decode(encoded, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError) as error:
            raise ExpressionError("value", f"The secret '{key}' is not base64 text.") from error

    @property
    def secret_names(self) -> tuple[str, ...]:
        """The names of the secrets of the environment."""
        return tuple(self._secrets)

    @property
    def secrets(self) -> tuple[str, ...]:
        """All secrets in clear text, for masking; those that can't be decoded are left out."""
        return self._own_texts + self._book.texts

    def _readable(self) -> Iterator[str]:
        for key in self._secrets:
            try:
                yield self._of_environment(key)
            except ExpressionError:
                # whoever asks for it is told
                continue


def _uri(path: str, namespace: str | None) -> str:
    """Return the URI of a file: given as one, or as a path among the files of a namespace."""
    if namespace is None or path.startswith("kestra:"):
        return path
    return namespace_file(namespace, path)
