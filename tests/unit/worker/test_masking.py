from __future__ import annotations

import base64
import json
from urllib.parse import quote

import pytest

from tiercel.services.masking import mask
from tiercel.services.task_log import MESSAGE_LIMIT, split_message

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


LONG = "tok-4f9Qz7Lr2Xw8/Kd+Vb5Nc3Mj6Hs1"


@pytest.mark.parametrize("before", ["", "u", "us", "usr", "user:"])
@pytest.mark.parametrize("after", ["", "!", "!!", "\n"])
def test_base64_is_found_wherever_the_secret_stands_in_it(before: str, after: str) -> None:
    shown = base64.b64encode(f"{before}{LONG}{after}".encode()).decode()
    hidden = masked(f"Authorization: Basic {shown}", LONG)
    left = hidden.removeprefix("Authorization: Basic ").replace("*", "")
    assert len(left) <= 5 + len(before) * 2
    assert hidden.count("*") >= len(LONG)


@pytest.mark.parametrize("width", [1, 3, 7, 20])
def test_a_secret_is_found_over_line_breaks(width: int) -> None:
    lines = [LONG[start : start + width] for start in range(0, len(LONG), width)]
    text = "before\n" + "\r\n".join(lines) + "\nafter"
    assert masked(text, LONG) == "before\n" + "\r\n".join("*" * len(x) for x in lines) + "\nafter"


def test_pieces_of_a_long_secret_are_found_alone() -> None:
    assert masked(f"rest of it: {LONG[13:]}", LONG) == f"rest of it: {'*' * len(LONG[13:])}"
    assert masked(f"{LONG[:17]}", LONG) == "*" * 17


@pytest.mark.parametrize(
    "secret", ["abcdefghijklmnopqrstuvwxyz0123456789", "ten words & a half, or 7"]
)
def test_ten_characters_of_a_long_secret_are_enough(secret: str) -> None:
    for first in range(len(secret) - 9):
        piece = secret[first : first + 10]
        assert masked(f"see:{piece}:end", secret) == "see:**********:end"


def test_the_longest_secret_is_found_too() -> None:
    words = (f"{number:05d} of/{number * 7919 % 10_000}" for number in range(15_000))
    secret = "; ".join(words)
    assert len(secret) > 200_000
    shown = [secret, base64.b64encode(secret.encode()).decode(), quote(secret), json.dumps(secret)]
    for text in shown:
        assert set(masked(f"({text})", secret)) <= {"(", ")", "*", '"'}


def test_lines_of_wrapped_base64_are_found() -> None:
    secret = LONG * 3
    wrapped = base64.encodebytes(secret.encode()).decode().splitlines()
    assert [masked(line, secret).strip("*") for line in wrapped] == [""] * len(wrapped)


@pytest.mark.parametrize(
    "shown",
    [
        quote(SECRET, safe="").lower(),
        json.dumps(json.dumps(SECRET))[3:-3],
        json.dumps(SECRET)[1:-1].replace("/", "\\/"),
        repr(SECRET)[1:-1],
        "p/ss &quot;wörd&quot;\\",
    ],
)
def test_escaped_forms_are_found(shown: str) -> None:
    assert set(masked(shown, SECRET)) == {"*"}


def test_words_of_a_passphrase_stay_readable_elsewhere() -> None:
    assert masked("open the door", "open the window of the house") == "open the door"


def test_many_secrets_cost_little() -> None:
    many = [f"secret-number-{number:05d}-{number * 7919 % 10007}" for number in range(1000)]
    text = "nothing to see here, move on\n" * 300
    assert masked(text, *many) == text
    assert masked(many[500], *many) == "*" * len(many[500])
