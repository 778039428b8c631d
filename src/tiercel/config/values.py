"""Types of settings: how each is written, and what is said when it is written wrongly."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from tiercel.model.durations import parse_duration

_SHORT_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)", re.IGNORECASE)
_CONTEXT_PATH = re.compile(r"[\w~-][\w.~-]*(/[\w~-][\w.~-]*)*", re.ASCII)
_ORIGIN = re.compile(r"\*|null|[a-z][a-z0-9+.-]*://[^/?#\s]+")
_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}


@dataclass(frozen=True, slots=True)
class Says:
    """What a type is called in messages and documentation.

    Attributes:
        what: Goes after "must be", such as ``a whole number``.
        kind: One word for tables.
    """

    what: str
    kind: str


def to_duration(value: object) -> timedelta:
    """Return a duration written as ``500ms``, ``30s``, ``5m``, ``1h``, ``7d``, ISO-8601 or ``0``.

    Raises:
        ValueError: It is written in no such way, or is negative.
    """
    if isinstance(value, timedelta):
        return value
    text = str(value).strip()
    if text == "0":
        return timedelta(0)
    short = _SHORT_DURATION.fullmatch(text)
    if short is not None:
        return timedelta(seconds=float(short[1]) * _SECONDS[short[2].lower()])
    length = parse_duration(text)
    if length < timedelta(0):
        raise ValueError("negative")
    return length


def to_list(value: object) -> object:
    """Return the parts of a text with commas; other values as they are."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


def to_context_path(value: object) -> str:
    """Return the beginning of paths, such as ``/kestra``; empty for none.

    Raises:
        ValueError: It has parts that a proxy or a browser might write in another way.
    """
    text = str(value).strip().strip("/")
    if text and not _CONTEXT_PATH.fullmatch(text):
        raise ValueError("no path")
    return f"/{text}" if text else ""


def _origins(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Return origins as browsers send them."""
    found = tuple(text.lower().removesuffix("/") for text in texts)
    if not all(_ORIGIN.fullmatch(text) for text in found):
        raise ValueError("no origin")
    return found


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(str(error)) from error
    return text


def in_capitals(value: object) -> object:
    """Return a text in capital letters; other values as they are."""
    return value.upper() if isinstance(value, str) else value


def _path(value: object) -> object:
    return Path(value).expanduser() if isinstance(value, str) and value.strip() else value


def duration_text(length: timedelta) -> str:
    """Return a duration in the form of settings: ``5m``, ``7d``, ``500ms``."""
    milliseconds = round(length / timedelta(milliseconds=1))
    for unit, size in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000)):
        if milliseconds and milliseconds % size == 0:
            return f"{milliseconds // size}{unit}"
    return f"{milliseconds}ms" if milliseconds else "0"


_DURATION = Says("a duration such as 30s, 5m, 7d or PT1H", "duration")

Text = Annotated[str, Says("a text", "text")]
Secret = Annotated[SecretStr, Says("a text", "secret")]
Flag = Annotated[bool, Says("true or false", "flag")]
Count = Annotated[int, Field(ge=0), Says("a whole number, 0 or more", "number")]
Positive = Annotated[int, Field(ge=1), Says("a whole number, 1 or more", "number")]
Port = Annotated[int, Field(ge=0, le=65535), Says("a port from 0 to 65535", "port")]
Duration = Annotated[timedelta, BeforeValidator(to_duration), _DURATION]
Lease = Annotated[
    timedelta,
    BeforeValidator(to_duration),
    Field(ge=timedelta(seconds=1)),
    Says("a duration of a second or more, such as 10s", "duration"),
]
Folder = Annotated[Path, BeforeValidator(_path), Says("the path of a folder", "path")]
File = Annotated[Path, BeforeValidator(_path), Says("the path of a file", "path")]
Texts = Annotated[
    tuple[str, ...],
    BeforeValidator(to_list),
    Says("a list of texts, or one text with commas", "list"),
]
Folders = Annotated[
    tuple[Path, ...],
    BeforeValidator(to_list),
    Says("a list of folders, or one text with commas", "list"),
]
ContextPath = Annotated[
    str,
    BeforeValidator(to_context_path),
    Says("a path such as /kestra, of letters, digits, `.`, `_`, `~` and `-`", "path"),
]
Origins = Annotated[
    tuple[str, ...],
    BeforeValidator(to_list),
    AfterValidator(_origins),
    Says("a list of origins such as https://app.example.org, or *", "list"),
]
Pattern = Annotated[str, AfterValidator(_pattern), Says("a regular expression", "text")]
Secrets = Annotated[
    tuple[SecretStr, ...],
    BeforeValidator(to_list),
    Says("a list of texts, or one text with commas", "secrets"),
]
FreeMap = Annotated[dict[str, Any], Says("a map", "map")]
MapOfMaps = Annotated[dict[str, dict[str, Any]], Says("a map of maps", "map")]
GroupKey = Annotated[
    str,
    Field(pattern=r"^[a-zA-Z0-9_-]+$"),
    Says("a word of letters, digits, `_` and `-`", "text"),
]
