"""Commands as typed functions in a tree of groups: click's, with what all of ours have.

The signature of a function says what it takes (``parameters.py``); ``wiring`` and ``common`` are
given by the program. Groups are imported when one of their commands is wanted.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields
from functools import cache
from importlib import import_module
from typing import Any

import click
from click.core import ParameterSource, augment_usage_errors

from tiercel.cli.common import apply
from tiercel.cli.options import Common
from tiercel.cli.parameters import options_of, owners_of, parameters_of

PROGRAM = "tiercel"
SETTINGS: dict[str, Any] = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
_OF_ALL = {item.name for item in fields(Common)}


class _Formatter(click.HelpFormatter):
    """Help with headings in bold where there are colours."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, prefix or click.style("Usage: ", bold=True))

    def write_heading(self, heading: str) -> None:
        super().write_heading(click.style(heading, bold=True))


class _Context(click.Context):
    formatter_class = _Formatter


class Command(click.Command):
    """One command: a function that returns an exit code.

    Attributes:
        examples: Whole command lines.
        owners: Dataclasses of the function that stand for several options, by parameter.
    """

    context_class = _Context

    def __init__(
        self,
        name: str | None,
        *,
        callback: Callable[..., int],
        help: str | None = None,
        examples: Sequence[str] = (),
        **attributes: Any,
    ) -> None:
        text = inspect.cleandoc(help or "")
        attributes["params"] = [*parameters_of(callback), *common_options()]
        short = text.partition("\n")[0]
        super().__init__(name, callback=callback, help=text, short_help=short, **attributes)
        self.examples = tuple(examples)
        self.owners = owners_of(callback)
        _add_version(self)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read what stands behind its name."""
        with augment_usage_errors(ctx):
            return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Call the function with what was given; the rest has the defaults of its signature."""
        found = {name: value for name, value in ctx.params.items() if value not in (None, ())}
        values = {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in found.items()
        }
        for owner, kind in self.owners.items():
            names = [item.name for item in fields(kind) if item.name in values]
            values[owner] = kind(**{name: values.pop(name) for name in names})
        arguments = [item.name for item in self.params if isinstance(item, click.Argument)]
        given = [values.pop(name) for name in arguments if name in values]
        common = Common(**ctx.meta[PROGRAM])
        apply(common)
        function: Any = self.callback
        wanted = inspect.signature(function).parameters
        ours = {"wiring": ctx.obj, "common": common}
        values |= {name: value for name, value in ours.items() if name in wanted}
        with augment_usage_errors(ctx):
            return function(*given, **values)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write its own options, then those that every command has."""
        options = [item for item in self.get_params(ctx) if isinstance(item, click.Option)]
        for title, of_all in (("Options", False), ("Common options", True)):
            chosen = [item for item in options if (item.is_eager or item.name in _OF_ALL) is of_all]
            if rows := [row for item in chosen if (row := item.get_help_record(ctx))]:
                with formatter.section(title):
                    formatter.write_dl(rows)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples."""
        with formatter.section("Examples"):
            formatter.write_dl([(example, "") for example in self.examples])


class Group(click.Group):
    """Commands under one word, in the order in which they were added; alone it shows its help.

    Args:
        module: Where its commands are: the variable ``group`` of a module that is imported when
            one is wanted.
    """

    context_class = _Context
    command_class = Command

    def __init__(self, text: str = "", name: str | None = None, *, module: str = "") -> None:
        super().__init__(
            name,
            help=text,
            short_help=text,
            params=list(common_options(hidden=True)),
            callback=_show_help,
            invoke_without_command=True,
            subcommand_metavar="COMMAND [ARGS]...",
            context_settings=SETTINGS,
        )
        self._module = module
        _add_version(self)

    def below(self, name: str, text: str, *, module: str = "") -> Group:
        """Add a group and return it."""
        made = Group(text, name, module=module)
        self.add_command(made)
        return made

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the words of its commands and groups."""
        if self._module:
            self.commands = import_module(self._module).group.commands
            self._module = ""
        return list(self.commands)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return what a word stands for."""
        self.list_commands(ctx)
        return self.commands.get(cmd_name)

    def walk(self, parent: click.Context | None = None) -> Iterator[click.Context]:
        """Yield a context for everything below, groups before what they hold."""
        context = parent or self.context_class(self, info_name=PROGRAM, **SETTINGS)
        for name in self.list_commands(context):
            item = self.commands[name]
            below = item.context_class(item, info_name=name, parent=context)
            yield below
            if isinstance(item, Group):
                yield from item.walk(below)


@cache
def common_options(*, hidden: bool = False) -> tuple[click.Option, ...]:
    """Return the options of every command; groups take them too, so that they may come first."""
    return tuple(options_of(Common, hidden=hidden, expose_value=False, callback=_remember))


def _remember(context: click.Context, option: click.Parameter, value: Any) -> None:
    """Keep a common option for the command: what is said last on the line wins."""
    found = context.meta.setdefault(PROGRAM, {})
    said = context.get_parameter_source(option.name) is ParameterSource.COMMANDLINE
    if value is not None and (said or option.name not in found):
        found[option.name] = value


@click.pass_context
def _show_help(context: click.Context) -> int:
    if context.invoked_subcommand is None:
        click.echo(context.get_help(), color=context.color)
    return 0


def _add_version(command: click.Command) -> None:
    click.version_option(None, "-V", "--version", package_name=PROGRAM, message="%(version)s")(
        command
    )
