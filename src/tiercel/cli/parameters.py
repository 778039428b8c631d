"""Arguments and options of commands: what a typed signature says, made into click's parameters.

Positional-only parameters of a function are its arguments, keyword-only ones its options, named
after the parameter. ``Annotated[type, Option(…)]`` gives help, other names and choices. A keyword
whose type is a dataclass stands for several options, its fields.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Iterator
from dataclasses import MISSING, dataclass, fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Union, get_args, get_origin, get_type_hints

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

GIVEN = ("wiring", "common")
"""Parameters that the program itself gives."""


@dataclass(frozen=True, slots=True)
class Option:
    """What a signature can't say of an option or argument.

    Attributes:
        help: One or two sentences.
        names: ``--name`` and ``-n``; by default made of the parameter's name.
        choices: The only values allowed, in any case.
        metavar: What stands for the value in help; by default made of the type.
        env: Environment variable that is taken when the option is not given.
        count: How often the flag is given is the value.
        negative: There is ``--no-name`` too. Flags that are on by default always have it.
    """

    help: str
    names: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    metavar: str = ""
    env: str = ""
    count: bool = False
    negative: bool = False


class _Words(click.Choice[str]):
    """Words that are taken in any case, and told as they are written."""

    def get_invalid_choice_message(self, value: Any, ctx: click.Context | None) -> str:
        """Return what is said of another word."""
        return f"{value!r} is not one of {', '.join(map(repr, self.choices))}."

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Return the words that begin so."""
        from click.shell_completion import CompletionItem

        begin = incomplete.lower()
        return [CompletionItem(word) for word in self.choices if word.lower().startswith(begin)]


def parameters_of(function: Callable[..., int]) -> Iterator[click.Parameter]:
    """Yield the arguments of a function in their order, then its options."""
    hints = get_type_hints(function, include_extras=True)
    for name, item in inspect.signature(function).parameters.items():
        if name in GIVEN:
            continue
        if is_dataclass(hints[name]):
            yield from options_of(hints[name])
        elif item.kind is item.POSITIONAL_ONLY:
            yield _argument(name, hints[name], required=item.default is item.empty)
        else:
            yield _option(name, hints[name], item.default)


def owners_of(function: Callable[..., int]) -> dict[str, Any]:
    """Return the dataclasses that stand for several options, by parameter."""
    hints = get_type_hints(function)
    return {name: hint for name, hint in hints.items() if name not in GIVEN and is_dataclass(hint)}


def options_of(kind: Any, **more: Any) -> Iterator[click.Option]:
    """Yield an option for each field of a dataclass; ``more`` goes to click's class."""
    hints = get_type_hints(kind, include_extras=True)
    for item in fields(kind):
        yield _option(item.name, hints[item.name], item.default, **more)


def _argument(name: str, hint: Any, *, required: bool) -> click.Argument:
    kind, option, several = _read(hint)
    metavar = option.metavar or name.upper().replace("_", "-")
    return click.Argument(
        [name],
        help=option.help,
        type=_type(kind, option),
        nargs=-1 if several else 1,
        required=required,
        metavar=("{}" if required else "[{}]").format(metavar) + ("..." if several else ""),
    )


def _option(name: str, hint: Any, default: Any, **more: Any) -> click.Option:
    kind, option, several = _read(hint)
    names = list(option.names or (f"--{name.replace('_', '-')}",))
    required = default in (MISSING, inspect.Parameter.empty)
    attributes: dict[str, Any] = {"required": required, "show_default": bool(default), **more}
    if not required and default not in (None, ""):
        attributes["default"] = default
    if option.count:
        attributes["count"] = True
    elif kind is bool:
        attributes["is_flag"] = True
        if default or option.negative:
            names = [_with_negative(item) for item in names]
    else:
        attributes |= {"type": _type(kind, option), "multiple": several}
    return click.Option(
        [name, *names],
        help=option.help,
        metavar=option.metavar or "|".join(option.choices) or None,
        envvar=option.env or None,
        show_envvar=True,
        **attributes,
    )


def _with_negative(name: str) -> str:
    return f"{name}/--no-{name.removeprefix('--')}" if name.startswith("--") else name


def _type(kind: type, option: Option) -> click.ParamType[Any]:
    if option.choices:
        return _Words(option.choices, case_sensitive=False)
    if kind is Path:
        return click.Path(path_type=Path, readable=False)
    return click.types.convert_type(kind)


def _read(hint: Any) -> tuple[type, Option, bool]:
    """Return the type of one value, what is said of it, and whether there may be several."""
    option = Option("")
    if get_origin(hint) is Annotated:
        hint, option = get_args(hint)
    if get_origin(hint) in (types.UnionType, Union):
        hint = next(item for item in get_args(hint) if item is not type(None))
    if get_origin(hint) is list:
        return get_args(hint)[0], option, True
    return hint, option, False
