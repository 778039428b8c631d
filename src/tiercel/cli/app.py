"""The command line: what ``tiercel`` understands, and its exit codes."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING

from tiercel.cli.command import Command, Group, UsageError
from tiercel.cli.help import PROGRAM, has_colours, help_text, usage
from tiercel.cli.parsing import Call, read_call
from tiercel.model.errors import TiercelError

if TYPE_CHECKING:
    from tiercel.cli.wiring import Wiring

FAILED = 1
WRONG_USAGE = 2
INTERRUPTED = 130

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
    root = Group("Run workflows written as Kestra-format flows.")
    from tiercel.cli.commands.top import commands

    root.commands.update(commands.commands)
    for word, text in _GROUPS:
        root.lazy(word, f"{_COMMANDS}.{word}", text)
    return root


def run(wiring: Wiring, words: Sequence[str]) -> int:
    """Carry out a command line and return the exit code: 0 good, 1 failed, 2 wrong usage."""
    try:
        call = read_call(build_root(), words)
        if call.wants_version:
            sys.stdout.write(f"{version(PROGRAM)}\n")
            return 0
        if call.wants_help or not isinstance(call.node, Command):
            sys.stdout.write(f"{help_text(call.node, colours=has_colours())}\n")
            return 0
        return _carry_out(wiring, call, call.node)
    except UsageError as error:
        return _refuse(error)
    except BrokenPipeError:
        # Whoever read the output has enough; the rest must not be flushed at exit.
        sys.stdout = None
        return 0
    except KeyboardInterrupt:
        return INTERRUPTED


def _carry_out(wiring: Wiring, call: Call, command: Command) -> int:
    from tiercel.cli.common import apply

    values = dict(call.values)
    given = {"wiring": wiring, "common": call.common}
    names = command.function.__code__.co_varnames
    values |= {name: value for name, value in given.items() if name in names}
    arguments = [values.pop(item.name) for item in command.parameters() if item.is_argument]
    try:
        apply(call.common)
        return command.function(*arguments, **values)
    except UsageError as error:
        raise UsageError(error.message, error.command or command) from error
    except TiercelError as error:
        from tiercel.cli.console import show_error

        show_error(error)
        return FAILED


def _refuse(error: UsageError) -> int:
    sys.stderr.write(f"{PROGRAM}: {error.message}\n")
    if error.command is not None:
        words = " ".join([PROGRAM, *error.command.path])
        sys.stderr.write(f"Usage: {usage(error.command)}\n       {words} --help tells more\n")
    return WRONG_USAGE
