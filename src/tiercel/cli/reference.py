"""The reference of all commands as Markdown: ``python -m tiercel.cli.reference > docs/cli.md``."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

from tiercel.cli.app import build_root
from tiercel.cli.command import Command, Group, Parameter, fields_of
from tiercel.cli.help import describe, spell, usage
from tiercel.cli.options import Local, Remote, common_parameters

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


_MARKS = {"remote": " *(server)*", "local": " *(local)*"}


def reference() -> str:
    """Return the whole page."""
    root = build_root()
    lines = [_INTRODUCTION, "## Options of every command", "", *_table(common_parameters())]
    lines += ["", "## Options of commands that call a server", ""]
    lines += ["Marked *(server)* below.", "", *_table(list(fields_of("remote", Remote)))]
    lines += ["", "## Options of commands that do the work themselves", ""]
    lines += ["Marked *(local)* below.", "", *_table(list(fields_of("local", Local)))]
    for item in root.walk():
        lines += ["", *(_group(item) if isinstance(item, Group) else _command(item))]
    return "\n".join(lines) + "\n"


def _group(group: Group) -> Iterator[str]:
    yield f"## {' '.join(group.path)}"
    yield ""
    yield group.help


def _command(command: Command) -> Iterator[str]:
    parameters = command.parameters()
    owners = {item.owner for item in parameters}
    marks = [
        f"*({mark})*"
        for owner, mark in (("remote", "server"), ("local", "local"))
        if owner in owners
    ]
    heading = "##" if len(command.path) == 1 else "###"
    yield " ".join([heading, " ".join(command.path), *marks])
    yield ""
    yield f"    {usage(command)}"
    yield ""
    yield command.text
    shown = [item for item in parameters if item.owner not in _MARKS]
    if shown:
        yield ""
        yield from _table(shown)
    if command.examples:
        yield ""
        yield "```sh"
        yield from command.examples
        yield "```"


def _table(parameters: Sequence[Parameter]) -> Iterator[str]:
    yield "| Name | Meaning |"
    yield "|---|---|"
    for item in parameters:
        name = item.metavar if item.is_argument else spell(item)
        yield f"| `{_cell(name)}` | {_cell(describe(item))} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(reference())
