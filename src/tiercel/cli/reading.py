"""Reading what a command line names: pairs and files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tiercel.model.errors import IllegalArgumentError


def read_source(file: Path) -> str:
    """Return the text of a flow file.

    Raises:
        IllegalArgumentError: It can't be read, or is not UTF-8.
    """
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise IllegalArgumentError(f"{file} can't be read: {reason}") from error


def split_pairs(pairs: Sequence[str], option: str) -> dict[str, str]:
    """Return ``key=value`` arguments as a map.

    Raises:
        IllegalArgumentError: One has no ``=``.
    """
    found = {}
    for pair in pairs:
        key, sign, value = pair.partition("=")
        if not sign or not key:
            raise IllegalArgumentError(
                f"{option} {pair} is not key=value", hint=f"write {option} name=value"
            )
        found[key] = value
    return found
