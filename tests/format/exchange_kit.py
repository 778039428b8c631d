"""Answers of an API as facts: what stays the same when the same is asked again elsewhere."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parents[2]
_ID = re.compile(r"(?<![0-9A-Za-z])(?=[0-9A-Za-z]*[0-9])(?=[0-9A-Za-z]*[A-Z])[0-9A-Za-z]{18,24}")
_WORDS = (
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.(\d{3}|\d{6}|\d{9}))?Z"), "<instant>"),
    (re.compile(r"^PT(\d+H)?(\d+M)?(\d+(\.\d+)?S)?$"), "<duration>"),
    (_ID, "<id>"),
    (re.compile(r"https?://[\w.]+:\d+/*"), "<host>/"),
    (re.compile(r"(?<=/)(inputs|tasks)/(\w+)/(<id>/)?[^/]*$"), r"\1/\2/\3<file>"),
)
_ANY_ORDER = {"edges", "labels", "invalids", "kv"}
_MILLIS = 10**11


def facts(value: Any, name: str = "") -> Any:
    """Return a body with everything random or dated replaced by what kind of thing it is."""
    if isinstance(value, dict):
        if name == "headers":
            return {key: kinds(value[key]) for key in sorted(value)}
        return {key: facts(item, key) for key, item in value.items()}
    if isinstance(value, list):
        found = [facts(item) for item in value]
        is_topology = name == "nodes" and not any("type" in item for item in value)
        return sorted(found, key=json.dumps) if name in _ANY_ORDER or is_topology else found
    if isinstance(value, str):
        if name == "token":
            return "<encrypted>"
        for pattern, word in _WORDS:
            value = pattern.sub(word, value)
        return value
    if isinstance(value, int | float) and value > _MILLIS:
        return "<milliseconds>"
    return value


def kinds(value: Any, depth: int = 99) -> Any:
    """Return the fields of a body with the kinds of their values.

    The items of a list are one form: ``name?`` is a field that some of them have.

    Args:
        depth: How many levels of maps are looked into.
    """
    if isinstance(value, dict):
        return {key: kinds(item, depth - 1) for key, item in value.items()} if depth else "map"
    if isinstance(value, list):
        return [functools.reduce(_merged, (kinds(item, depth) for item in value))] if value else []
    if isinstance(value, str):
        seen = facts(value)
        return seen if seen in ("<instant>", "<duration>", "<id>") else "text"
    if value is None or isinstance(value, bool):
        return json.dumps(value) if value is None else "boolean"
    return "number"


def _merged(one: Any, other: Any) -> Any:
    """Return what two forms have in common, and what one of them has besides."""
    if isinstance(one, dict) and isinstance(other, dict):
        found = {}
        for key in {**one, **other}:
            name = key.removesuffix("?")
            mine = [form[n] for form in (one, other) for n in (name, f"{name}?") if n in form]
            is_certain = name in one and name in other
            found[name if is_certain else f"{name}?"] = functools.reduce(_merged, mine)
        return found
    if isinstance(one, list) and isinstance(other, list):
        items = [*one, *other]
        return [functools.reduce(_merged, items)] if items else []
    return one if one == other else "several kinds"


def read(reply: httpx.Response) -> Any:
    """Return the body of a reply: JSON, the events of a stream, or text."""
    kind = reply.headers.get("content-type", "").partition(";")[0]
    return read_text(reply.text, kind)


def read_text(text: str, content_type: str) -> Any:
    """Return a body that was sent with a content type."""
    if content_type == "text/event-stream":
        return [
            {"id": part[4:].partition("\n")[0], "data": json.loads(part.partition("data: ")[2])}
            for part in text.replace("\r", "").strip().split("\n\n")
            if part.startswith("id: ")
        ]
    if "json" not in content_type or not text:
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def differences(wanted: Any, found: Any, path: str = "") -> Iterator[str]:
    """Yield the places in which two bodies differ; the places of a list are all the same."""
    if isinstance(wanted, Mapping) and isinstance(found, Mapping):
        for key in sorted(wanted.keys() | found.keys()):
            at = f"{path}.{key}" if path else key
            if key not in found:
                yield f"{at} is missing"
            elif key not in wanted:
                yield f"{at} is more"
            else:
                yield from differences(wanted[key], found[key], at)
    elif isinstance(wanted, list) and isinstance(found, list):
        if len(wanted) != len(found):
            yield f"{path}[] is longer or shorter"
        for one, other in zip(wanted, found, strict=False):
            yield from differences(one, other, f"{path}[]")
    elif wanted != found:
        yield f"{path or 'all'} is another"


def exchanges() -> list[dict[str, Any]]:
    """Return the exchanges with the original server, in the order they are to be repeated."""
    lines = (ROOT / "tests" / "data" / "api" / "exchanges.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def meant_differences() -> dict[tuple[str, str], str]:
    """Return the reasons of what is answered otherwise on purpose, by exchange and place."""
    found = {}
    for line in (ROOT / "docs" / "differences.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 3 and cells[0].startswith("`") and cells[1].startswith("`"):
            for place in cells[1].split(","):
                for name in cells[0].split(","):
                    found[name.strip().strip("`"), place.strip().strip("`")] = cells[2]
    return found
