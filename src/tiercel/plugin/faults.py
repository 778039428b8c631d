"""What does not fit, in words for the author of a flow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import ValidationError

Path = tuple[str | int, ...]
"""Keys and indexes from the object to a value in it."""

_MOST_COMPARED = 300
"""Words that another one is compared with; of more, those that look alike at first sight."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One value that does not fit.

    Attributes:
        path: Where it is, from the object that was checked.
        value: The node or value at fault, None when a property is missing.
        is_key: The key itself is wrong, not its value.
    """

    path: Path
    message: str
    hint: str = ""
    value: Any = None
    is_key: bool = False


def nearest(word: str, known: Iterable[object], *, is_short: bool = True) -> str:
    """Return a hint naming the known words that resemble ``word``.

    Args:
        is_short: When none does, name all words of a short list.
    """
    words = [str(item) for item in known]
    folded = {item.lower(): item for item in words}
    wanted = word.lower()
    compared: Iterable[str] = folded
    if len(folded) > _MOST_COMPARED:
        alike = (key for key in folded if key[:1] == wanted[:1] and _is_as_long(key, wanted))
        compared = islice(alike, _MOST_COMPARED)
    close = [folded[key] for key in get_close_matches(wanted, list(compared), n=2, cutoff=0.6)]
    if close:
        return "did you mean " + " or ".join(f"`{item}`" for item in close) + "?"
    if is_short and 0 < len(words) <= 12:
        return "known are " + ", ".join(f"`{item}`" for item in words)
    return ""


def _is_as_long(one: str, other: str) -> bool:
    return abs(len(one) - len(other)) <= 2


def class_of(model: type) -> str:
    """Return the name under which clients know the class of an object of a flow."""
    own = getattr(model, "type_name", "")
    if own:
        return str(own)
    name = model.__name__.lstrip("_")
    if name.endswith("Retry"):
        return f"io.kestra.core.models.tasks.retrys.{name.removesuffix('Retry')}"
    if name.endswith("Input"):
        return f"io.kestra.core.models.flows.input.{name}"
    return f"io.kestra.core.models.flows.{name}"


def unrecognized(name: str, owner: str) -> str:
    """Return what is said of a property that its owner does not have.

    Args:
        owner: Class of the object, as clients know it.
    """
    return f'Unrecognized field "{name}" (class {owner}), not marked as ignorable'


_WORD_LISTS = {
    frozenset({"TRACE", "DEBUG", "INFO", "WARN", "ERROR"}): "org.slf4j.event.Level",
    frozenset({"QUEUE", "CANCEL", "FAIL"}): "io.kestra.core.models.flows.Concurrency$Behavior",
}


def not_one_of(words: Iterable[str], given: str) -> str:
    """Return what is said of a word that is not on a list."""
    listed = list(words)
    if "SUCCESS" in listed:
        name = "io.kestra.core.models.flows.State$Type"
    elif "MULTISELECT" in listed:
        name = "io.kestra.core.models.flows.Type"
    else:
        name = _WORD_LISTS.get(frozenset(listed), "java.lang.Enum")
    return (
        f'Cannot deserialize value of type `{name}` from String "{given}":'
        f" not one of the values accepted for Enum class: [{', '.join(listed)}]"
    )


def faults_of(error: ValidationError, path: Path = ()) -> list[tuple[str | None, Fault]]:
    """Return what pydantic found, in words for authors, each with its property's name."""
    found: list[tuple[str | None, Fault]] = []
    for item in error.errors(include_url=False, include_input=False):
        place = tuple(part for part in item["loc"] if not _is_arm(part))
        name = str(place[0]) if place else None
        message, _, hint = _message_of(item["type"], item["msg"], item.get("ctx", {})).partition(
            "; "
        )
        found.append((name, Fault((*path, *place), message, hint)))
    return found


def _message_of(kind: str, message: str, context: Mapping[str, Any]) -> str:
    """Put what pydantic says into the words used everywhere else."""
    if kind == "value_error":
        return message.removeprefix("Value error, ")
    words = _WORDS.get(kind)
    if words is not None:
        return words.format_map(context)
    return message[:1].lower() + message[1:]


_WORDS = {
    "missing": "must not be null",
    "too_short": "must not be empty",
    "string_too_short": "must not be empty",
    "too_long": "size must be between 0 and {max_length}",
    "string_too_long": "size must be between 0 and {max_length}",
    "string_pattern_mismatch": 'must match "{pattern}"',
    "greater_than": "must be greater than {gt}",
    "greater_than_equal": "must be greater than or equal to {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be less than or equal to {le}",
    "extra_forbidden": "unknown property",
}


def _is_arm(part: str | int) -> bool:
    """pydantic names the arms of unions and validators in its paths; authors do not."""
    return isinstance(part, str) and ("[" in part or part in {"str", "int", "float", "bool"})


def path_text(path: Iterable[str | int]) -> str:
    """Return a property path as authors read it: ``columns[2].name``."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if text else part
    return text
