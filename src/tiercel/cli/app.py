"""The command line: what ``tiercel`` understands, and its exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from tiercel.cli.command import PROGRAM, Group
from tiercel.model.errors import TiercelError

if TYPE_CHECKING:
    from tiercel.cli.wiring import Wiring

FAILED = 1
INTERRUPTED = 130
COMPLETION = "_TIERCEL_COMPLETE"
"""Variable in which a shell says that it wants to complete a line."""

_COMMANDS = "tiercel.cli.commands"
_GROUPS = (
    ("flow", "Check, save, read and draw flows."),
    ("executions", "List, read, start and control executions."),
    ("backfill", "Run past dates of a schedule."),
    ("namespace", "Files and key-value pairs of a namespace."),
    ("kv", "Read and write key-value pairs."),
    ("secrets", "Set and delete secrets; their values are never shown."),
    ("tokens", "Tokens of the API."),
    ("plugins", "What types of tasks and triggers there are."),
    ("server", "Run servers."),
    ("configs", "The configuration."),
    ("sys", "Maintenance."),
    ("migrate", "Move data of older versions of the format."),
    ("template", "Templates (deprecated; subflows do their work)."),
    ("completion", "Completion of commands for a shell."),
)


def build_root() -> Group:
    """Return the tree of all commands."""
    from tiercel.cli.commands import import_, top

    root = Group("Run workflows written as Kestra-format flows.")
    root.commands.update(top.commands.commands)
    root.commands.update(import_.commands.commands)
    for word, text in _GROUPS:
        root.below(word, text, module=f"{_COMMANDS}.{word}")
    return root


def run(wiring: Wiring, words: Sequence[str]) -> int:
    """Carry out a command line and return the exit code: 0 good, 1 failed, 2 wrong usage."""
    try:
        if asked := os.environ.get(COMPLETION):
            return _complete(asked)
        return _carry_out(wiring, words)
    except BrokenPipeError:
        # Whoever read the output has enough; the rest must not be flushed at exit.
        sys.stdout = None
        return 0
    except KeyboardInterrupt:
        return INTERRUPTED


def _carry_out(wiring: Wiring, words: Sequence[str]) -> int:
    colours = False if os.environ.get("NO_COLOR") else None
    try:
        root = build_root()
        with root.make_context(PROGRAM, list(words), obj=wiring, color=colours) as context:
            code: int = root.invoke(context)
            return code
    except click.exceptions.Exit as left:
        return left.exit_code
    except click.UsageError as error:
        error.show()
        return error.exit_code
    except TiercelError as error:
        from tiercel.cli.console import show_error

        show_error(error)
        return FAILED


def _complete(asked: str) -> int:
    from click.shell_completion import shell_complete

    return shell_complete(build_root(), {}, PROGRAM, COMPLETION, asked)
