"""Which of several shell commands it was that ended a run.

The shell does not say. So each command sets a number before it, and the shell writes the number of
the last one to a file when it exits. That is done only where it changes nothing else: every command
must be complete by itself, as the shell sees it, and must not look at how the one before it ended.
"""

from __future__ import annotations

import asyncio
import re
import secrets
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_PLAIN = re.compile(r"[\w./:=,@%+-]+(?: +(?:[\w./:=,@%+-]+|'[^'\n]*'|\"[^\"$`\\\n]*\"))*")
_WORDS = frozenset(
    (
        *("if", "then", "else", "elif", "fi", "case", "esac", "in", "select", "function", "time"),
        *("for", "while", "until", "do", "done"),
    )
)
_HERE_DOCUMENT = re.compile(r"<<-?\s*\\?(['\"]?)([\w.-]+)\1")
_LOOKS_BACK = re.compile(r"\$\{?\?|\$_\b|\$\{_\}|\btrap\b|\bexec\b|\bset +-\w*[xv]")
_MOST = 200


@dataclass(frozen=True, slots=True)
class Numbered:
    """Commands that tell where they ended.

    Attributes:
        lines: What the shell runs instead of ``commands``.
        report: The file that holds the number afterwards.
    """

    commands: Sequence[str]
    lines: Sequence[str]
    report: Path

    def last(self) -> str:
        """Return the command that ran last; empty when the shell did not come to say it."""
        try:
            number = int(self.report.read_text())
        except (OSError, ValueError):
            return ""
        return self.commands[number] if 0 <= number < len(self.commands) else ""


async def numbered(commands: Sequence[str], folder: Path) -> Numbered | None:
    """Return commands that tell where they ended; None where that could change what they do.

    Args:
        folder: The working directory, which the shell knows as ``WORKING_DIR``.
    """
    if not 1 < len(commands) <= _MOST or any(map(_LOOKS_BACK.search, commands)):
        return None
    doubtful = [command for command in commands if not _is_plain(command)]
    if any(map(_goes_on, doubtful)) or not await asyncio.to_thread(_are_complete, doubtful):
        return None
    name = f".tiercel-{secrets.token_hex(6)}"
    step = f"_tiercel_{secrets.token_hex(3)}"
    report = f'echo "${step}" >"$WORKING_DIR/{name}"'
    head = f"trap '{{ {report}; }} 2>/dev/null' EXIT"
    lines = [f"{step}={number}; {command}" for number, command in enumerate(commands)]
    return Numbered(commands, [head, *lines], folder / name)


def _is_plain(command: str) -> bool:
    match = _PLAIN.fullmatch(command.strip())
    return match is not None and command.split(maxsplit=1)[0] not in _WORDS


def _goes_on(command: str) -> bool:
    """Whether a command takes the lines after it as a part of itself; the shell says no word."""
    if command.rstrip("\n").endswith("\\"):
        return True
    lines = [line.lstrip("\t") for line in command.split("\n")[1:]]
    return any(end not in lines for _, end in _HERE_DOCUMENT.findall(command))


def _are_complete(commands: Sequence[str]) -> bool:
    """Ask the shell whether each command can be read by itself."""
    return all(
        subprocess.run(
            ["/bin/sh", "-n", "-c", command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        ).returncode
        == 0
        for command in commands
    )
