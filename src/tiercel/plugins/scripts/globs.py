"""Glob patterns of the flow format, as regular expressions over paths."""

from __future__ import annotations

import re

_SPECIAL = set("*?[{\\")


def is_literal(pattern: str) -> bool:
    """Whether the pattern names exactly one path."""
    return not pattern.startswith(("glob:", "regex:")) and not _SPECIAL.intersection(pattern)


def compile_glob(pattern: str, folder: str) -> re.Pattern[str]:
    """Return what matches the absolute paths that ``pattern`` selects below ``folder``.

    ``*`` stays within one path segment, ``**`` does not; ``?``, ``[a-z]``, ``[!a]`` and ``{a,b}``
    work. A pattern beginning with ``glob:`` or ``regex:`` is matched against the absolute path.

    Raises:
        ValueError: The pattern is not well formed.
    """
    if pattern.startswith("regex:"):
        expression = pattern.removeprefix("regex:")
    elif pattern.startswith("glob:"):
        expression = _translate(pattern.removeprefix("glob:"))
    else:
        relative = pattern.removeprefix("./").lstrip("/")
        expression = re.escape(f"{folder.rstrip('/')}/") + _translate(relative)
    try:
        return re.compile(expression)
    except re.error as error:
        raise ValueError(f"the pattern '{pattern}' is not valid: {error}") from error


def _translate(glob: str) -> str:
    parts: list[str] = []
    position, depth = 0, 0
    while position < len(glob):
        character = glob[position]
        position += 1
        if character == "*":
            if glob[position : position + 1] == "*":
                position += 1
                parts.append(".*")
            else:
                parts.append("[^/]*")
        elif character == "[":
            text, position = _character_class(glob, position)
            parts.append(text)
        elif character == "\\" and position < len(glob):
            parts.append(re.escape(glob[position]))
            position += 1
        elif character == "{":
            depth += 1
            parts.append("(?:")
        elif character == "}" and depth:
            depth -= 1
            parts.append(")")
        elif character == "," and depth:
            parts.append("|")
        else:
            parts.append("[^/]" if character == "?" else re.escape(character))
    return "".join(parts)


def _character_class(glob: str, position: int) -> tuple[str, int]:
    """Return the class that starts after ``[``, and the position behind it."""
    end = glob.find("]", position + 2 if glob[position : position + 1] == "!" else position + 1)
    if end < 0:
        return re.escape("["), position
    content = glob[position:end].replace("\\", "\\\\").replace("[", "\\[")
    if content.startswith("!"):
        content = "^" + content[1:]
    return f"(?!/)[{content}]", end + 1
