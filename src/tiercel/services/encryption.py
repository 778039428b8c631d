"""Secret values at rest: AES-GCM under the server's key."""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tiercel.engine.inputs import ENCRYPTED
from tiercel.model.errors import IllegalArgumentError
from tiercel.model.inputs import InputType

if TYPE_CHECKING:
    from tiercel.model.flow import Flow

_NONCE_BYTES = 12
_KEY_SIZES = (16, 24, 32)


class Cipher:
    """Encrypts and decrypts texts.

    Args:
        key: 16, 24 or 32 bytes in base64.

    Raises:
        IllegalArgumentError: The key is not one.
    """

    def __init__(self, key: str) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        try:
            raw = base64.b64decode(key, validate=True)
        except binascii.Error:
            raw = b""
        if len(raw) not in _KEY_SIZES:
            raise IllegalArgumentError(
                "The encryption key is not valid",
                hint="give 32 random bytes in base64, for example by: openssl rand -base64 32",
            )
        self._aes = AESGCM(raw)

    @classmethod
    def kept_in(cls, path: Path) -> Cipher:
        """Return a cipher whose key is in a file, made up when there is none."""
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return cls(path.read_text("ascii").strip())
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            key = base64.b64encode(os.urandom(32)).decode()
            file.write(f"{key}\n")
        return cls(key)

    def encrypt(self, clear: str) -> str:
        """Return base64 of a fresh nonce and the encrypted text."""
        nonce = os.urandom(_NONCE_BYTES)
        return base64.b64encode(nonce + self._aes.encrypt(nonce, clear.encode(), None)).decode()

    def decrypt(self, text: str) -> str:
        """Return the clear text.

        Raises:
            IllegalArgumentError: It was not encrypted with this key.
        """
        from cryptography.exceptions import InvalidTag

        try:
            raw = base64.b64decode(text, validate=True)
            return self._aes.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], None).decode()
        except (InvalidTag, ValueError) as error:
            raise IllegalArgumentError(
                "A secret value can't be decrypted",
                hint="the server's encryption key must be the one it was stored with",
            ) from error


def clear_inputs(
    flow: Flow, inputs: Mapping[str, Any], cipher: Cipher
) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    """Return the inputs with the SECRET ones in clear text, and these texts."""
    paths = [item.id.split(".") for item in flow.inputs if item.type is InputType.SECRET]
    secrets: list[str] = []
    for path in paths:
        stored = _at(inputs, path)
        if isinstance(stored, str):
            secrets.append(cipher.decrypt(stored))
            inputs = _with(inputs, path, secrets[-1])
    return inputs, tuple(secrets)


def clear_outputs(tree: Any, cipher: Cipher, found: list[str]) -> Any:
    """Return outputs with encrypted values in clear text; these texts are added to ``found``."""
    if isinstance(tree, Mapping):
        if tree.get("type") == ENCRYPTED and isinstance(tree.get("value"), str):
            found.append(cipher.decrypt(tree["value"]))
            return found[-1]
        return {key: clear_outputs(value, cipher, found) for key, value in tree.items()}
    if isinstance(tree, list):
        return [clear_outputs(item, cipher, found) for item in tree]
    return tree


def subflow_tasks(flow: Flow) -> Iterator[str]:
    """Yield the tasks whose outputs may hold encrypted values of other flows."""
    for task in flow.walk():
        if task.behavior == "subflow":
            yield task.id


def _at(values: Any, path: list[str]) -> Any:
    for key in path:
        values = values.get(key) if isinstance(values, Mapping) else None
    return values


def _with(values: Mapping[str, Any], path: list[str], leaf: Any) -> dict[str, Any]:
    key, *rest = path
    return {**values, key: _with(values[key], rest, leaf) if rest else leaf}
