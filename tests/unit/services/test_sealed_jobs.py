"""Jobs whose secrets are encrypted on their way."""

from __future__ import annotations

import base64
import os
from datetime import UTC, datetime

import msgspec
import pytest

from tiercel.model.errors import IllegalArgumentError
from tiercel.model.job import Job
from tiercel.services.encryption import Cipher
from tiercel.services.sealed_jobs import opened, sealed

VARIABLES = {"inputs": {"password": "hush-hush"}, "date": datetime(2024, 1, 1, tzinfo=UTC)}


def new_cipher() -> Cipher:
    return Cipher(base64.b64encode(os.urandom(32)).decode())


def job() -> Job:
    names = ("attempt", "run", "execution", "n", "f")
    return Job(*names, 1, "t", 0, "type", {"a": "{{ b }}"}, VARIABLES, secrets=("hush-hush",))


def test_a_sealed_job_says_nothing_and_is_the_same_when_opened() -> None:
    cipher = new_cipher()
    closed = sealed(job(), cipher)
    assert b"hush" not in msgspec.json.encode(closed)
    assert (closed.variables, closed.secrets) == ({}, ())
    assert opened(closed, cipher).properties == {"a": "{{ b }}"}
    assert opened(closed, cipher).variables["inputs"] == {"password": "hush-hush"}
    assert opened(closed, cipher) == job()


def test_a_job_without_secrets_needs_no_key() -> None:
    plain = msgspec.structs.replace(job(), secrets=())
    assert opened(plain, None) is plain


@pytest.mark.parametrize("cipher", [None, new_cipher()])
def test_without_the_key_it_stays_closed(cipher: Cipher | None) -> None:
    with pytest.raises(IllegalArgumentError, match="secret value"):
        opened(sealed(job(), new_cipher()), cipher)


def test_a_seal_fits_its_own_attempt_only() -> None:
    cipher = new_cipher()
    other = msgspec.structs.replace(sealed(job(), cipher), attempt_id="another")
    with pytest.raises(IllegalArgumentError, match="secret value"):
        opened(other, cipher)
