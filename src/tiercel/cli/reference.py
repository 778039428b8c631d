"""The reference of all commands as Markdown: ``python -m tiercel.cli.reference > docs/cli.md``."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import fields

import click

from tiercel.cli.app import build_root
from tiercel.cli.command import Command, common_options
from tiercel.cli.options import Local, Remote
from tiercel.cli.parameters import options_of

_INTRODUCTION = """\
# Command line

`tiercel COMMAND --help` shows what stands here. This page is made from the commands themselves
(`python -m tiercel.cli.reference > docs/cli.md`).

Results go to standard output, everything about them to standard error. Colours and progress bars
are shown on a terminal only, and no colours when `NO_COLOR` is set. Names, arguments and texts of
results are those of Kestra's command line where it has the command: with `alias kestra=tiercel`
scripts written for it work.

| Exit code | Meaning |
|---|---|
| 0 | done |
| 1 | refused or failed: standard error says why, and how to mend it |
| 2 | wrong use: one line that says what is wrong, and how the command is called |
| 130 | ended by Ctrl-C |
"""


_MARKS = {Remote: "*(server)*", Local: "*(local)*"}


def reference() -> str:
    """Return the whole page."""
    root = build_root()
    context = root.context_class(root)
    lines = [_INTRODUCTION, "## Options of every command", "", *_table(common_options(), context)]
    lines += ["", "## Options of commands that call a server", ""]
    lines += ["Marked *(server)* below.", "", *_table(options_of(Remote), context)]
    lines += ["", "## Options of commands that do the work themselves", ""]
    lines += ["Marked *(local)* below.", "", *_table(options_of(Local), context)]
    for item in root.walk():
        lines += ["", *_section(item)]
    return "\n".join(lines) + "\n"


def _section(context: click.Context) -> Iterator[str]:
    command = context.command
    path = context.command_path.partition(" ")[2]
    if not isinstance(command, Command):
        yield from (f"## {path}", "", command.help or "")
        return
    owners = [kind for kind in command.owners.values() if kind in _MARKS]
    heading = "###" if " " in path else "##"
    yield " ".join([heading, path, *(_MARKS[kind] for kind in owners)])
    yield ""
    yield f"    {' '.join([context.command_path, *command.collect_usage_pieces(context)])}"
    yield ""
    yield command.help or ""
    told = {option.name for option in common_options()} | {"version"}
    told |= {item.name for kind in owners for item in fields(kind)}
    shown = [item for item in command.params if item.name not in told]
    if shown:
        yield ""
        yield from _table(shown, context)
    yield ""
    yield "```sh"
    yield from command.examples
    yield "```"


def _table(parameters: Iterable[click.Parameter], context: click.Context) -> Iterator[str]:
    yield "| Name | Meaning |"
    yield "|---|---|"
    for item in parameters:
        name, text = item.get_help_record(context) or ("", "")
        yield f"| `{_cell(name)}` | {_cell(text)} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("  [", " [")


if __name__ == "__main__":
    sys.stdout.write(reference())
