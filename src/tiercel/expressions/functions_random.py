"""Functions that make identifiers, random numbers and ciphertexts."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Final

from tiercel.expressions.environment import Environment
from tiercel.expressions.errors import ExpressionError
from tiercel.expressions.signatures import (
    MISSING,
    Function,
    integer_argument,
    optional_text,
    text_argument,
)

_BASE_62: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_NANO_ALPHABET: Final = "_-" + _BASE_62
_LONGEST_ID: Final = 1000
_KSUID_EPOCH: Final = 1_400_000_000
_KSUID_LENGTH: Final = 27
_IV_BYTES: Final = 12
_TAG_BYTES: Final = 16


def _base_62(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 62)
        digits = _BASE_62[digit] + digits
    return digits or "0"


def _uuid(run: Environment) -> str:
    raw = bytearray(run.services.random_bytes(16))
    raw[6] = raw[6] & 0x0F | 0x40
    raw[8] = raw[8] & 0x3F | 0x80
    digits = raw.hex()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _id(run: Environment) -> str:
    return _base_62(int.from_bytes(run.services.random_bytes(16), "big"))


def _ksuid(run: Environment) -> str:
    seconds = int(run.services.now().timestamp()) - _KSUID_EPOCH
    raw = (seconds % 2**32).to_bytes(4, "big") + run.services.random_bytes(16)
    return _base_62(int.from_bytes(raw, "big")).rjust(_KSUID_LENGTH, "0")


def _nano_id(run: Environment, length: object, alphabet: object) -> str:
    what = "function `nanoId`"
    count = 21 if length is MISSING else integer_argument(what, "length", length)
    letters = optional_text(what, "alphabet", alphabet)
    letters = _NANO_ALPHABET if letters is None else letters
    if not 1 <= count <= _LONGEST_ID or not letters or len(letters) > 256:
        raise ExpressionError(
            "value", f"{what} takes a length from 1 to {_LONGEST_ID} and 1 to 256 letters"
        )
    number = int.from_bytes(run.services.random_bytes(count * 2 + 16), "big")
    picked = []
    for _ in range(count):
        number, index = divmod(number, len(letters))
        picked.append(letters[index])
    return "".join(picked)


def _random_int(run: Environment, lower: object, upper: object) -> int:
    what = "function `randomInt`"
    least = integer_argument(what, "lower", lower)
    bound = integer_argument(what, "upper", upper)
    if bound < least:
        raise ExpressionError(
            "value", f"`upper` of {what} must not be under `lower`: {bound} < {least}"
        )
    if bound == least:
        return least
    span = bound - least
    count = span.bit_length() // 8 + 9
    return least + int.from_bytes(run.services.random_bytes(count), "big") % span


def _random_port(run: Environment) -> int:
    return run.services.random_port()


def _key(what: str, key: object) -> bytes:
    text = text_argument(what, "key", key)
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) not in (16, 24, 32):
        raise ExpressionError("value", f"`key` of {what} must be Base64 of 16, 24 or 32 bytes")
    return raw


def _encrypt(run: Environment, key: object, plaintext: object) -> object:
    what = "function `encrypt`"
    if plaintext is None or plaintext == "":
        return plaintext
    text = text_argument(what, "plaintext", plaintext)
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    cipher = AESGCM(_key(what, key))
    start = run.services.random_bytes(_IV_BYTES)
    sealed = cipher.encrypt(start, text.encode("utf-8", "replace"), None)
    return base64.b64encode(start + sealed).decode("ascii")


def _decrypt(run: Environment, key: object, encrypted: object) -> object:
    what = "function `decrypt`"
    if encrypted is None or encrypted == "":
        return encrypted
    text = text_argument(what, "encrypted", encrypted)
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    cipher = AESGCM(_key(what, key))
    try:
        sealed = base64.b64decode(text, validate=True)
        if len(sealed) < _IV_BYTES + _TAG_BYTES:
            raise ValueError("it is too short")
        return cipher.decrypt(sealed[:_IV_BYTES], sealed[_IV_BYTES:], None).decode("utf-8")
    except (InvalidTag, ValueError) as error:
        raise ExpressionError(
            "value", f"`encrypted` of {what} was not encrypted with this key"
        ) from error


FUNCTIONS: Final[Mapping[str, Function]] = {
    "uuid": Function(_uuid),
    "id": Function(_id),
    "ksuid": Function(_ksuid),
    "nanoId": Function(_nano_id, ("length", "alphabet")),
    "randomInt": Function(_random_int, ("lower", "upper"), 2),
    "randomPort": Function(_random_port),
    "encrypt": Function(_encrypt, ("key", "plaintext"), 2),
    "decrypt": Function(_decrypt, ("key", "encrypted"), 2),
}
