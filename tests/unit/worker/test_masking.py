from __future__ import annotations

import base64
import json
from urllib.parse import quote

import pytest

from tiercel.services.task_log import MESSAGE_LIMIT, mask, split_message

SECRET = 'p/ss "wörd"\\'


def masked(text: str, *secrets: str) -> str:
    return mask(text, frozenset(secrets))


def test_as_many_asterisks_as_the_secret_has_characters() -> None:
    assert masked("the key is 12345678.", "12345678") == "the key is ********."


@pytest.mark.parametrize(
    "shown",
    [
        SECRET,
        base64.b64encode(SECRET.encode()).decode(),
        base64.urlsafe_b64encode(SECRET.encode()).decode(),
        quote(SECRET, safe=""),
        json.dumps(SECRET)[1:-1],
        json.dumps(SECRET, ensure_ascii=False)[1:-1],
    ],
)
def test_a_secret_is_masked_in_every_form(shown: str) -> None:
    assert masked(f"<{shown}>", SECRET) == f"<{'*' * len(shown)}>"


def test_a_secret_of_many_lines_is_masked_line_by_line() -> None:
    secret = "-----BEGIN KEY-----\nabcdef\n}\n-----END KEY-----\n"
    assert masked("saw abcdef and }", secret) == "saw ****** and }"


def test_the_longer_of_two_secrets_wins() -> None:
    assert masked("abcdef abc", "abc", "abcdef") == "****** ***"


@pytest.mark.parametrize("secret", ["", " ", "\n"])
def test_an_empty_secret_masks_nothing(secret: str) -> None:
    assert masked("a b\nc", secret) == "a b\nc"


def test_without_secrets_nothing_changes() -> None:
    assert masked("a b c") == "a b c"


@pytest.mark.parametrize(
    ("length", "parts"), [(0, 1), (1, 1), (MESSAGE_LIMIT, 1), (MESSAGE_LIMIT + 1, 2)]
)
def test_long_messages_are_split(length: int, parts: int) -> None:
    message = "x" * length
    cut = split_message(message)
    assert len(cut) == parts
    assert "".join(cut) == message
