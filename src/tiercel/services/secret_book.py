"""The secrets of namespaces in clear text, in the memory of a process: expressions can't wait."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from tiercel.model.errors import IllegalArgumentError


class ClearSecret(msgspec.Struct, frozen=True):
    """One secret; ``value`` is None when the key that it was encrypted with is not there."""

    namespace: str
    key: str
    value: str | None

    def __repr__(self) -> str:
        """Name it; the value is shown nowhere."""
        return f"ClearSecret({self.namespace!r}, {self.key!r})"


class SecretBook:
    """What is known of secrets at this moment.

    Attributes:
        texts: All values, for masking.
    """

    def __init__(self) -> None:
        self._values: dict[tuple[str, str], str | None] = {}
        self.texts: tuple[str, ...] = ()

    def replace(self, secrets: Iterable[ClearSecret]) -> None:
        """Know these secrets, and no others any more."""
        values = {(item.namespace, item.key.upper()): item.value for item in secrets}
        texts = tuple(sorted({value for value in values.values() if value is not None}))
        self._values = values
        if texts != self.texts:
            self.texts = texts

    def find(self, key: str, namespace: str | None) -> str | None:
        """Return the secret of a namespace, or of the nearest parent that has one; None if none.

        Raises:
            IllegalArgumentError: There is one that this server can't decrypt.
        """
        name, place = key.upper(), namespace or ""
        while place:
            if (place, name) in self._values:
                value = self._values[place, name]
                if value is None:
                    raise IllegalArgumentError(
                        f"The secret '{key}' of '{place}' can't be decrypted",
                        hint="the server's encryption key must be the one it was stored with",
                    )
                return value
            place = place.rpartition(".")[0]
        return None
