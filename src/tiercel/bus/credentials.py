"""Files of credentials, as NATS has them: a token that somebody signed, and the key it is for.

Such a file stands for user and password where NATS trusts an operator. What the token permits is
written in it; the key never leaves the file: it signs what the server makes up at each connection.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tiercel.model.errors import IllegalArgumentError

_SEED = 18 << 3
_TOKEN_SECTION = re.compile(r"-{3,}BEGIN NATS USER JWT-{3,}\s+(\S+)\s+-{3,}END NATS USER JWT-{3,}")
_KEY_SECTION = re.compile(r"-{3,}BEGIN USER NKEY SEED-{3,}\s+(\S+)\s+-{3,}END USER NKEY SEED-{3,}")
_HINT = "Name a .creds file, as `nsc generate creds` or `python -m tiercel.bus.authority` write it."


class Credentials:
    """One file of credentials.

    It is read anew at each connection, so that one that was replaced counts from the next one on.
    While it can't be read, what was read last counts.

    Raises:
        IllegalArgumentError: The file can't be read, or holds something else.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._token, self._key = _read(path)

    def token(self) -> bytes:
        """Return the token that belongs to the last signature."""
        return self._token

    def signature(self, nonce: str) -> bytes:
        """Return the signature of what the server made up, in base64; reads the file anew."""
        # It may be about to be replaced. The server judges what there is.
        with suppress(IllegalArgumentError):
            self._token, self._key = _read(self._path)
        return base64.b64encode(self._key.sign(nonce.encode()))

    def login(self) -> dict[str, Callable[..., bytes]]:
        """Return the options of the NATS client for these credentials."""
        return {"user_jwt_cb": self.token, "signature_cb": self.signature}


def _read(path: Path) -> tuple[bytes, Ed25519PrivateKey]:
    try:
        text = path.read_text("ascii")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise IllegalArgumentError(
            f"The credentials in {path} can't be read: {reason}", hint=_HINT
        ) from error
    token, seed = _TOKEN_SECTION.search(text), _KEY_SECTION.search(text)
    if token is None or seed is None:
        raise IllegalArgumentError(f"There are no credentials of a user in {path}", hint=_HINT)
    return token[1].encode(), seed_of(seed[1], path)


def seed_of(seed: str, path: Path) -> Ed25519PrivateKey:
    """Return the key that a seed holds.

    That is two bytes that tell what it is for, 32 of the key, and two that check these.

    Args:
        path: Where it was found, for the message.

    Raises:
        IllegalArgumentError: It is no seed.
    """
    try:
        raw = base64.b32decode(seed + "=" * (-len(seed) % 8))
    except binascii.Error:
        raw = b""
    data, check = raw[:-2], raw[-2:]
    is_sound = binascii.crc_hqx(data, 0) == int.from_bytes(check, "little")
    if len(data) != 34 or not is_sound or data[0] & 0xF8 != _SEED:
        raise IllegalArgumentError(f"The key in {path} can't be read", hint=_HINT)
    return Ed25519PrivateKey.from_private_bytes(data[2:])
