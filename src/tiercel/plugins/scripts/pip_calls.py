"""Finding ``pip install`` in the commands of a script, so that its result can be cached."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

_MENTION = re.compile(r"\bpip3?\b|\buv\s+(?:pip|run|venv|add|sync|tool|init)\b")
_PROGRAMS = (
    ("pip",),
    ("pip3",),
    ("uv", "pip"),
    ("python", "-m", "pip"),
    ("python3", "-m", "pip"),
)
_HARMLESS = frozenset(
    {
        "-q",
        "--quiet",
        "--no-cache-dir",
        "--no-input",
        "--disable-pip-version-check",
        "--prefer-binary",
        "--user",
        "--root-user-action=ignore",
        "--progress-bar=off",
        "--no-warn-script-location",
        "--system",
    }
)
_REQUIREMENT = re.compile(
    r"[A-Za-z0-9][\w.-]*(?:\[[\w.,\s-]+\])?\s*(?:(?:[=<>!~]=|[<>]|===)\s*[\w.*+!-]+\s*,?\s*)*"
)
_EXPANDED = frozenset("$`*?\\~{")
_OPERATORS = frozenset(";&|<>()")


@dataclass(frozen=True, slots=True)
class PipCall:
    """One ``pip install`` that names plain requirements only.

    Attributes:
        arguments: What follows the program, ``install`` first.
    """

    arguments: tuple[str, ...]
    requirements: tuple[str, ...]


def mentions_pip(text: str) -> bool:
    """Whether a text may install Python packages."""
    return _MENTION.search(text) is not None


def leading_installs(lines: Sequence[str]) -> tuple[list[PipCall], list[str]]:
    """Split commands into the plain installs they begin with, and the rest."""
    calls: list[PipCall] = []
    for number, line in enumerate(lines):
        call = plain_install(line)
        if call is None:
            return calls, list(lines[number:])
        calls.append(call)
    return calls, []


def plain_install(line: str) -> PipCall | None:
    """Return the call if the line is nothing else than an install of named requirements."""
    words = _words(line)
    for program in _PROGRAMS:
        if words and tuple(words[: len(program)]) == program:
            return _call(words[len(program) :])
    return None


def _words(line: str) -> list[str] | None:
    """Return the words the shell would make; None when it would do more than that."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    lexer.commenters = "#"
    try:
        words = list(lexer)
    except ValueError:
        return None
    if "\n" in line.strip() or any(_OPERATORS.issuperset(word) for word in words if word):
        return None
    unquoted = re.sub(r"'[^']*'|\"[^\"$`\\]*\"", "", line)
    # `~` and `[` as part of a requirement mean nothing to the shell.
    return None if _EXPANDED.intersection(unquoted.replace("~=", "")) else words


def _call(arguments: list[str]) -> PipCall | None:
    if not arguments or arguments[0] != "install":
        return None
    rest = [argument for argument in arguments[1:] if argument not in _HARMLESS]
    if rest in (["--upgrade", "pip"], ["-U", "pip"]):
        return PipCall(tuple(arguments), ())
    if not rest or not all(_REQUIREMENT.fullmatch(requirement) for requirement in rest):
        return None
    return PipCall(tuple(arguments), tuple(rest))
