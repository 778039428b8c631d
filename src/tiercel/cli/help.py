"""Help of commands and groups, as plain text."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from collections.abc import Sequence
from dataclasses import MISSING

from tiercel.cli.command import Command, Group, Node, Parameter
from tiercel.cli.options import common_parameters

PROGRAM = "tiercel"
_WIDEST = 100


def has_colours() -> bool:
    """Whether standard output shows colours: it is a terminal, and NO_COLOR is not set."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def usage(node: Node) -> str:
    """Return one line that shows how a command or group is called."""
    words = [PROGRAM, *node.path]
    if isinstance(node, Group):
        return " ".join([*words, "COMMAND"])
    parameters = node.parameters()
    words += [_argument_usage(item) for item in parameters if item.is_argument]
    words += [
        f"{item.names[0]} {item.metavar}"
        for item in parameters
        if not item.is_argument and item.required
    ]
    return " ".join([*words, "[OPTIONS]"])


def _argument_usage(item: Parameter) -> str:
    text = f"{item.metavar}…" if item.several else item.metavar
    return text if item.required else f"[{text}]"


def help_text(node: Node, *, colours: bool = False) -> str:
    """Return the whole help of a command or group."""
    width = min(shutil.get_terminal_size((_WIDEST, 24)).columns, _WIDEST)
    page = _Page(width, colours)
    page.title(f"Usage: {usage(node)}")
    if isinstance(node, Group):
        page.text(node.help)
        page.table("Commands", [(word, item.help) for word, item in node.commands.items()])
        page.table(
            "Options", [("-h, --help", "Show help."), ("-V, --version", "Show the version.")]
        )
    else:
        _command_page(page, node)
    return "\n".join(page.lines)


def _command_page(page: _Page, command: Command) -> None:
    parameters = command.parameters()
    page.text(command.text)
    arguments = [(item.metavar, describe(item)) for item in parameters if item.is_argument]
    options = [item for item in parameters if not item.is_argument]
    page.table("Arguments", arguments)
    page.table("Options", [(spell(item), describe(item)) for item in options])
    page.table(
        "Common options",
        [
            *((spell(item), describe(item)) for item in common_parameters()),
            ("-h, --help", "Show this."),
        ],
    )
    page.table("Examples", [(example, "") for example in command.examples])


def spell(item: Parameter) -> str:
    """Return the names of an option with its value, as ``-t, --type TEXT``."""
    names = ", ".join([*sorted(item.names, key=len), *([item.negative] if item.negative else [])])
    return names if item.is_flag else f"{names} {item.metavar}"


def describe(item: Parameter) -> str:
    """Return the help of a parameter, with its default."""
    notes = []
    if item.several and not item.is_argument:
        notes.append("may be repeated") if "repeated" not in item.option.help else None
    if item.required and not item.is_argument:
        notes.append("required")
    elif (
        item.kind is not bool
        and not item.option.count
        and item.default
        not in (
            None,
            "",
            MISSING,
            (),
        )
    ):
        notes.append(f"default {item.default}")
    elif item.default is True:
        notes.append("default on")
    if item.option.env:
        notes.append(f"environment {item.option.env}")
    return f"{item.option.help} [{', '.join(notes)}]" if notes else item.option.help


class _Page:
    """Lines of help."""

    def __init__(self, width: int, colours: bool) -> None:
        self.lines: list[str] = []
        self._width = width
        self._colours = colours

    def title(self, text: str) -> None:
        self.lines.append(f"\033[1m{text}\033[0m" if self._colours else text)

    def text(self, text: str) -> None:
        self.lines.append("")
        for paragraph in text.split("\n\n"):
            joined = " ".join(paragraph.split())
            self.lines += [*textwrap.wrap(joined, self._width), ""]
        self.lines.pop()

    def table(self, title: str, rows: Sequence[tuple[str, str]]) -> None:
        """Add rows of a name and its text; names that are too wide have a line of their own."""
        if not rows:
            return
        self.lines.append("")
        self.title(f"{title}:")
        column = min(max(len(name) for name, _ in rows), 30) + 4
        for name, text in rows:
            wrapped = textwrap.wrap(text, max(self._width - column, 30))
            if wrapped and len(name) + 4 <= column:
                self.lines.append(f"  {name}".ljust(column) + wrapped.pop(0))
            else:
                self.lines.append(f"  {name}")
            self.lines += [" " * column + line for line in wrapped]
