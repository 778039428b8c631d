"""Files of credentials for servers and for the workers of each group, and what NATS trusts.

``python -m tiercel.bus.authority FOLDER gpu finance`` makes an operator and an account of NATS and
writes ``authority.conf``, to be included in the configuration of NATS, with ``servers.creds`` and a
``worker-<group>.creds`` for ``default``, ``gpu`` and ``finance``. Called again it adds the groups
that are new and changes nothing that is there. The keys that sign are ``*.nk``: keep them apart.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tiercel.bus.credentials import seed_of
from tiercel.bus.permissions import worker_permissions, worker_user

CONFIGURATION = "authority.conf"
SERVERS = "servers"
_OPERATOR_FILE, _ACCOUNT_FILE = "operator.nk", "account.nk"
_SEED = 18 << 3
_OPERATOR, _ACCOUNT, _USER = 14 << 3, 0, 20 << 3
_ALGORITHM = {"typ": "JWT", "alg": "ed25519-nkey"}
_ANY_NUMBER = dict.fromkeys(("subs", "data", "payload"), -1)
_LIMITS: dict[str, Any] = {
    **dict.fromkeys(("imports", "exports", "conn", "leaf"), -1),
    **dict.fromkeys(("mem_storage", "disk_storage", "streams", "consumer"), -1),
    **_ANY_NUMBER,
    "wildcards": True,
}
_CREDENTIALS = """\
-----BEGIN NATS USER JWT-----
{token}
------END NATS USER JWT------

-----BEGIN USER NKEY SEED-----
{seed}
------END USER NKEY SEED------
"""


@dataclass(frozen=True, slots=True)
class Key:
    """Who may sign something, or log in: an operator, an account or a user."""

    kind: int
    private: Ed25519PrivateKey

    @classmethod
    def new(cls, kind: int) -> Key:
        """Make one up."""
        return cls(kind, Ed25519PrivateKey.generate())

    @property
    def public(self) -> str:
        """How others know it."""
        return _checked(bytes([self.kind]) + self.private.public_key().public_bytes_raw())

    @property
    def seed(self) -> str:
        """The secret itself."""
        first = bytes([_SEED | self.kind >> 5, (self.kind & 31) << 3])
        return _checked(first + self.private.private_bytes_raw())

    def signed(self, subject: str, name: str, claims: Mapping[str, Any]) -> str:
        """Return a token that says something of ``subject``."""
        body = {"iat": int(time.time()), "iss": self.public, "name": name, "sub": subject}
        body["nats"] = {**claims, "version": 2}
        unique = hashlib.sha256(msgspec.json.encode(body)).digest()
        text = f"{_word(_ALGORITHM)}.{_word({'jti': _base32(unique), **body})}"
        return f"{text}.{_base64(self.private.sign(text.encode()))}"


def write(folder: Path, groups: Sequence[str], *, prefix: str = "tiercel") -> list[Path]:
    """Write what is missing in a folder; return the new files.

    Raises:
        IllegalArgumentError: The account's key is there and can't be read.
        OSError: The folder can't be written to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    made: list[Path] = []
    path = folder / _ACCOUNT_FILE
    if path.exists():
        account = Key(_ACCOUNT, seed_of(path.read_text().strip(), path))
    else:
        operator, account = Key.new(_OPERATOR), Key.new(_ACCOUNT)
        made.append(_write(folder / _OPERATOR_FILE, f"{operator.seed}\n"))
        made.append(_write(folder / CONFIGURATION, _configuration(operator, account)))
        made.append(_write(path, f"{account.seed}\n"))
    rights = {worker_user(group): worker_permissions(group, prefix=prefix) for group in groups}
    for name, permissions in {SERVERS: {}, **rights}.items():
        file = folder / f"{name}.creds"
        if not file.exists():
            made.append(_write(file, _credentials(account, name, permissions)))
    return made


def _credentials(account: Key, name: str, permissions: Mapping[str, Sequence[str]]) -> str:
    user = Key.new(_USER)
    claims = {
        "type": "user",
        "pub": {"allow": permissions["publish"]} if permissions else {},
        "sub": {"allow": permissions["subscribe"]} if permissions else {},
        **_ANY_NUMBER,
    }
    return _CREDENTIALS.format(token=account.signed(user.public, name, claims), seed=user.seed)


def _configuration(operator: Key, account: Key) -> str:
    """Return what NATS needs to know: whom it trusts, and the accounts that are signed."""
    system = Key.new(_ACCOUNT)
    owner = operator.signed(operator.public, "tiercel", {"type": "operator"})
    tokens = {
        key.public: operator.signed(key.public, name, {"type": "account", "limits": limits})
        for key, name, limits in (
            (account, "tiercel", _LIMITS),
            (system, "system", {**_LIMITS, "mem_storage": 0, "disk_storage": 0}),
        )
    }
    known = "\n".join(f"  {public}: {token}" for public, token in tokens.items())
    return (
        f"operator: {owner}\nsystem_account: {system.public}\n"
        f"resolver: MEMORY\nresolver_preload: {{\n{known}\n}}\n"
    )


def _write(path: Path, text: str) -> Path:
    """Write a file that its owner alone can read; one that is there stays."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(text)
    return path


def _checked(data: bytes) -> str:
    return _base32(data + binascii.crc_hqx(data, 0).to_bytes(2, "little"))


def _base32(data: bytes) -> str:
    return base64.b32encode(data).decode().rstrip("=")


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _word(value: Mapping[str, Any]) -> str:
    return _base64(msgspec.json.encode(value))


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("usage: python -m tiercel.bus.authority FOLDER [GROUP …]")
    for written in write(Path(sys.argv[1]), list(dict.fromkeys(["default", *sys.argv[2:]]))):
        sys.stdout.write(f"{written}\n")
