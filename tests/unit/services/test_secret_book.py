"""Secrets in memory, and their encryption at rest."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest

from tiercel.model.errors import IllegalArgumentError
from tiercel.services.encryption import Cipher
from tiercel.services.secret_book import ClearSecret, SecretBook


def new_key() -> str:
    return base64.b64encode(os.urandom(32)).decode()


def test_the_nearest_namespace_is_asked_first() -> None:
    book = SecretBook()
    book.replace([ClearSecret("a", "Key", "outer"), ClearSecret("a.b", "KEY", "inner")])
    assert [book.find("key", place) for place in ("a", "a.b", "a.b.c", "ab", None)] == [
        *("outer", "inner", "inner", None, None)
    ]
    assert book.texts == ("inner", "outer")


def test_what_is_deleted_is_not_known_any_more() -> None:
    book = SecretBook()
    book.replace([ClearSecret("a", "k", "v")])
    book.replace([])
    assert (book.find("k", "a"), book.texts) == (None, ())


def test_a_secret_without_its_key_is_not_passed_over() -> None:
    book = SecretBook()
    book.replace([ClearSecret("a", "k", "outer"), ClearSecret("a.b", "k", None)])
    with pytest.raises(IllegalArgumentError, match="can't be decrypted"):
        book.find("k", "a.b")


def test_values_are_not_shown_by_accident() -> None:
    assert "hush" not in repr(ClearSecret("a", "k", "hush"))


def test_an_older_key_still_reads_and_is_told_from_the_present_one() -> None:
    old, new = new_key(), new_key()
    sealed = Cipher(old).encrypt("value", "place")
    both = Cipher(new, [old])
    assert both.decrypt_with(sealed, "place") == ("value", False)
    assert both.decrypt_with(both.encrypt("value", "place"), "place") == ("value", True)
    with pytest.raises(IllegalArgumentError, match="can't be decrypted"):
        Cipher(new).decrypt(sealed, "place")


@pytest.mark.parametrize("text", ["", "x", "AAAA", base64.b64encode(bytes(40)).decode()])
def test_other_text_is_no_secret(text: str) -> None:
    with pytest.raises(IllegalArgumentError, match="can't be decrypted"):
        Cipher(new_key()).decrypt(text)


def test_a_value_counts_only_where_it_was_put() -> None:
    cipher = Cipher(new_key())
    with pytest.raises(IllegalArgumentError, match="can't be decrypted"):
        cipher.decrypt(cipher.encrypt("value", "secret a K"), "secret b K")


def test_a_key_that_is_made_up_stays(tmp_path: Path) -> None:
    sealed = Cipher.kept_in(tmp_path / "key").encrypt("value")
    assert Cipher.kept_in(tmp_path / "key").decrypt(sealed) == "value"
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600


def test_a_key_of_another_form_is_refused() -> None:
    with pytest.raises(IllegalArgumentError, match="key is not valid"):
        Cipher(new_key(), ["short"])
