"""``${NAME:default}`` inside texts of a configuration."""

from __future__ import annotations

from collections.abc import Callable

_OPEN, _CLOSE = "${", "}"
_DEPTH = 20


class PlaceholderError(ValueError):
    """A placeholder can't be replaced; the message says why."""


def replaced(text: str, look_up: Callable[[str], str | None], depth: int = 0) -> str:
    """Return a text with its placeholders replaced.

    ``${NAME}`` must have a value, ``${NAME:default}`` need not. The default may hold placeholders,
    and colons; between backticks it is taken as it is.

    Args:
        look_up: Gives the value of a name, None when there is none.

    Raises:
        PlaceholderError: There is no value and no default, or a bracket is not closed.
    """
    if depth > _DEPTH:
        raise PlaceholderError("placeholders go in circles")
    done: list[str] = []
    while (start := text.find(_OPEN)) >= 0:
        end = _closing(text, start + len(_OPEN))
        done += (text[:start], _value(text[start + len(_OPEN) : end], look_up, depth))
        text = text[end + 1 :]
    return "".join(done) + text


def _closing(text: str, start: int) -> int:
    level, position = 1, start
    while position < len(text):
        if text.startswith(_OPEN, position):
            level += 1
            position += len(_OPEN)
            continue
        if text[position] == _CLOSE:
            level -= 1
            if level == 0:
                return position
        position += 1
    raise PlaceholderError("a `${` is not closed by `}`")


def _value(inside: str, look_up: Callable[[str], str | None], depth: int) -> str:
    name, colon, default = inside.partition(":")
    name = name.strip()
    if not name:
        raise PlaceholderError("a placeholder `${…}` names nothing")
    found = look_up(name)
    if found is not None:
        return found
    if not colon:
        raise PlaceholderError(f"`{name}` has no value: set this variable, or write a default")
    if len(default) > 1 and default[0] == default[-1] == "`":
        return default[1:-1]
    return replaced(default, look_up, depth + 1)
