"""Files of credentials: how they are written, read, replaced and refused."""

from __future__ import annotations

import base64
import json
import stat
from pathlib import Path
from typing import Any

import pytest

from tiercel.bus import authority
from tiercel.bus.credentials import Credentials
from tiercel.bus.permissions import worker_permissions
from tiercel.model.errors import IllegalArgumentError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An authority with credentials of servers and of two groups."""
    authority.write(tmp_path, ["default", "gpu"])
    return tmp_path


def claims(token: str) -> dict[str, Any]:
    body = token.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))))


def test_a_worker_is_permitted_what_its_group_is(folder: Path) -> None:
    token = Credentials(folder / "worker-gpu.creds").token().decode()
    found = claims(token)
    rights = worker_permissions("gpu")
    assert found["nats"]["pub"] == {"allow": rights["publish"]}
    assert found["nats"]["sub"] == {"allow": rights["subscribe"]}
    assert found["sub"].startswith("U")
    assert found["iss"].startswith("A")
    servers = claims(Credentials(folder / "servers.creds").token().decode())
    assert (servers["nats"]["pub"], servers["iss"]) == ({}, found["iss"])


def test_files_with_keys_are_for_their_owner(folder: Path) -> None:
    names = {path.name for path in folder.iterdir()}
    assert names == {
        *("operator.nk", "account.nk", "authority.conf"),
        *("servers.creds", "worker-default.creds", "worker-gpu.creds"),
    }
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_a_group_that_comes_later_changes_nothing_that_is_there(folder: Path) -> None:
    before = {path.name: path.read_text() for path in folder.iterdir()}
    assert authority.write(folder, ["default", "gpu"]) == []
    assert authority.write(folder, ["cpu"]) == [folder / "worker-cpu.creds"]
    after = {path.name: path.read_text() for path in folder.iterdir()}
    assert before.items() <= after.items()
    issuers = {
        claims(Credentials(folder / f"worker-{group}.creds").token().decode())["iss"]
        for group in ("gpu", "cpu")
    }
    assert len(issuers) == 1


def test_credentials_that_were_replaced_count_at_the_next_connection(folder: Path) -> None:
    path = folder / "worker-gpu.creds"
    given = Credentials(path)
    first = (given.signature("nonce"), given.token())
    assert first == (given.signature("nonce"), given.token())
    path.unlink()
    assert first == (given.signature("nonce"), given.token())
    authority.write(folder, ["gpu"])
    second = (given.signature("nonce"), given.token())
    assert second == (Credentials(path).signature("nonce"), Credentials(path).token())
    assert second[0] != first[0]


def test_the_signature_is_that_of_the_key_that_the_token_is_for(folder: Path) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    given = Credentials(folder / "servers.creds")
    signature = base64.b64decode(given.signature("nonce"))
    subject = claims(given.token().decode())["sub"]
    raw = base64.b32decode(subject + "=" * (-len(subject) % 8))
    Ed25519PublicKey.from_public_bytes(raw[1:33]).verify(signature, b"nonce")


def seed_in(text: str) -> str:
    [seed] = [word for word in text.split() if word.startswith("SU")]
    return seed


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda text: "", "no credentials of a user"),
        (lambda text: text.replace("USER NKEY SEED", "ACCOUNT SEED"), "no credentials of a user"),
        (lambda text: text.replace("\nSU", "\nSV"), "The key in .* can't be read"),
        (lambda text: text.replace("\nSU", "\nS!"), "The key in .* can't be read"),
        (lambda text: text + "ä", "it is no text"),
        (None, "No such file"),
    ],
)
def test_what_holds_no_credentials_is_refused(folder: Path, change: Any, says: str) -> None:
    path = folder / "servers.creds"
    text = path.read_text()
    path.unlink()
    if change is not None:
        path.write_text(change(text), encoding="utf-8")
    with pytest.raises(IllegalArgumentError, match=says) as refused:
        Credentials(path)
    assert seed_in(text) not in str(refused.value)
