"""Secret values at rest: AES-GCM under the server's key."""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Mapping, Sequence
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
        older: Keys that were used before; what they encrypted can still be decrypted.

    Raises:
        IllegalArgumentError: A key is not one.
    """

    def __init__(self, key: str, older: Sequence[str] = ()) -> None:
        self._keys = tuple(_aes(text) for text in (key, *older))

    @classmethod
    def kept_in(cls, path: Path, older: Sequence[str] = ()) -> Cipher:
        """Return a cipher whose key is in a file, made up when there is none.

        The file is there at once and whole, so that processes that start together share one key.
        """
        if not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            fresh = path.with_name(f"{path.name}.{os.getpid()}")
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(f"{base64.b64encode(os.urandom(32)).decode()}\n")
            try:
                os.link(fresh, path)
            except FileExistsError:
                pass  # another process was faster: its key counts
            finally:
                fresh.unlink()
        return cls(path.read_text("ascii").strip(), older)

    def encrypt(self, clear: str, context: str = "") -> str:
        """Return base64 of a fresh nonce and the encrypted text.

        Args:
            context: What the text belongs to; it is decrypted with the same only.
        """
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._keys[0].encrypt(nonce, clear.encode(), context.encode() or None)
        return base64.b64encode(nonce + sealed).decode()

    def decrypt(self, text: str, context: str = "") -> str:
        """Return the clear text.

        Raises:
            IllegalArgumentError: It was encrypted with none of the keys, or for something else.
        """
        return self.decrypt_with(text, context)[0]

    def decrypt_with(self, text: str, context: str = "") -> tuple[str, bool]:
        """Return the clear text, and whether it is encrypted with the key that is used now.

        Raises:
            IllegalArgumentError: It was encrypted with none of the keys, or for something else.
        """
        from cryptography.exceptions import InvalidTag

        try:
            raw = base64.b64decode(text, validate=True)
        except binascii.Error:
            raw = b""
        nonce, sealed = raw[:_NONCE_BYTES], raw[_NONCE_BYTES:]
        for key in self._keys if len(nonce) == _NONCE_BYTES else ():
            try:
                clear = key.decrypt(nonce, sealed, context.encode() or None)
                return clear.decode(), key is self._keys[0]
            except InvalidTag:
                continue
        raise IllegalArgumentError(
            "A secret value can't be decrypted",
            hint="the server's encryption key must be the one it was stored with",
        )


def _aes(key: str) -> Any:
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
    return AESGCM(raw)


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


def _at(values: Any, path: list[str]) -> Any:
    for key in path:
        values = values.get(key) if isinstance(values, Mapping) else None
    return values


def _with(values: Mapping[str, Any], path: list[str], leaf: Any) -> dict[str, Any]:
    key, *rest = path
    return {**values, key: _with(values[key], rest, leaf) if rest else leaf}
