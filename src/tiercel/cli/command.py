"""Commands as typed functions, in a tree of groups.

A function becomes a command by its signature: positional-only parameters are its arguments, the
keyword-only ones its options, named after the parameter. ``Annotated[type, Option(…)]`` gives help,
other names and choices. A keyword whose type is a dataclass stands for several options, its fields.
The parameters ``wiring`` and ``common`` are given by the program.

Groups are imported when one of their commands is wanted, and signatures are read when a command
runs or shows its help, so that starting costs little.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields, is_dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

F = TypeVar("F", bound=Callable[..., int])
GIVEN = ("wiring", "common")
_KINDS: Mapping[Any, str] = {str: "TEXT", int: "NUMBER", float: "NUMBER", Path: "PATH"}


class UsageError(Exception):
    """The command line can't be understood; the text is one line for the user.

    Attributes:
        command: The command that was meant, as far as it was understood.
    """

    def __init__(self, message: str, command: Node | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.command = command


@dataclass(frozen=True, slots=True)
class Option:
    """What a signature can't say of an option or argument.

    Attributes:
        help: One or two sentences.
        names: ``--name`` and ``-n``; by default made of the parameter's name.
        choices: The only values allowed.
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


@dataclass(frozen=True, slots=True)
class Parameter:
    """One argument or option of a command.

    Attributes:
        name: Of the Python parameter or field.
        kind: ``str``, ``int``, ``float``, ``Path`` or ``bool``: what one value is.
        several: It may be given many times; the value is a list.
        owner: Name of the parameter that holds it as a field; empty for one of its own.
    """

    name: str
    option: Option
    kind: type
    several: bool
    default: Any
    is_argument: bool
    owner: str = ""

    @property
    def required(self) -> bool:
        """Whether there must be a value."""
        return self.default is MISSING

    @property
    def is_flag(self) -> bool:
        """Whether the name alone is the value."""
        return self.kind is bool or self.option.count

    @property
    def names(self) -> tuple[str, ...]:
        """The names of an option, long ones first."""
        given = self.option.names or (f"--{self.name.replace('_', '-')}",)
        return tuple(sorted(given, key=lambda name: not name.startswith("--")))

    @property
    def negative(self) -> str:
        """The name that switches a flag off; empty when there is none."""
        if self.kind is not bool or not (self.option.negative or self.default is True):
            return ""
        return f"--no-{self.names[0].removeprefix('--')}"

    @property
    def metavar(self) -> str:
        """What stands for the value in help."""
        if self.option.metavar:
            return self.option.metavar
        if self.option.choices:
            return "|".join(self.option.choices)
        return self.name.upper().replace("_", "-") if self.is_argument else _KINDS[self.kind]


@dataclass(frozen=True, slots=True)
class Command:
    """One command.

    Attributes:
        path: The words that call it, without the program's name.
        examples: Whole command lines.
    """

    path: tuple[str, ...]
    function: Callable[..., int]
    examples: tuple[str, ...] = ()

    @property
    def help(self) -> str:
        """The first line of its text."""
        return self.text.partition("\n")[0]

    @property
    def text(self) -> str:
        """Its whole text."""
        return inspect.cleandoc(self.function.__doc__ or "")

    def parameters(self) -> list[Parameter]:
        """Return its arguments in their order, then its options."""
        return list(_parameters(self.function))


@dataclass(slots=True)
class Group:
    """Commands under one word.

    Attributes:
        path: The words that lead to it, without the program's name.
        commands: Commands and groups by their word, in the order of help.
    """

    help: str = ""
    path: tuple[str, ...] = ()
    commands: dict[str, Command | Group | LazyGroup] = field(default_factory=dict)

    def command(self, name: str = "", *, examples: Sequence[str] = ()) -> Callable[[F], F]:
        """Make a function a command; by default it is called as the function is."""

        def add(function: F) -> F:
            word = name or function.__name__.replace("_", "-")
            self.commands[word] = Command((word,), function, tuple(examples))
            return function

        return add

    def group(self, name: str, text: str) -> Group:
        """Add a group and return it."""
        made = Group(text)
        self.commands[name] = made
        return made

    def lazy(self, name: str, module: str, text: str) -> None:
        """Add a group whose commands are in a module; it is imported when one is wanted."""
        self.commands[name] = LazyGroup(text, module)

    def find(self, word: str) -> Command | Group | None:
        """Return what a word stands for, with its whole path."""
        found = self.commands.get(word)
        if isinstance(found, LazyGroup):
            found = found.load()
        return None if found is None else replace(found, path=(*self.path, word))

    def walk(self) -> Iterator[Command | Group]:
        """Yield everything below, groups before what they hold."""
        for word in self.commands:
            found = self.find(word)
            if found is not None:
                yield found
            if isinstance(found, Group):
                yield from found.walk()


@dataclass(frozen=True, slots=True)
class LazyGroup:
    """A group that is not imported yet: its module has a variable ``group``."""

    help: str
    module: str

    def load(self) -> Group:
        """Import the group."""
        group: Group = import_module(self.module).group
        return replace(group, help=self.help)


Node = Command | Group


def _parameters(function: Callable[..., int]) -> Iterator[Parameter]:
    hints = get_type_hints(function, include_extras=True)
    for name, parameter in inspect.signature(function).parameters.items():
        if name in GIVEN:
            continue
        hint = hints[name]
        if is_dataclass(hint):
            yield from fields_of(name, hint)
            continue
        default = MISSING if parameter.default is parameter.empty else parameter.default
        is_argument = parameter.kind is parameter.POSITIONAL_ONLY
        yield _parameter(name, hint, default, is_argument=is_argument)


def fields_of(owner: str, kind: Any) -> Iterator[Parameter]:
    """Yield an option for each field of a dataclass."""
    hints = get_type_hints(kind, include_extras=True)
    for item in fields(kind):
        default = item.default if item.default_factory is MISSING else item.default_factory()
        yield _parameter(item.name, hints[item.name], default, owner=owner)


def _parameter(
    name: str, hint: Any, default: Any, *, is_argument: bool = False, owner: str = ""
) -> Parameter:
    option = Option("")
    if get_origin(hint) is Annotated:
        hint, option = get_args(hint)
    several = False
    if get_origin(hint) in (types.UnionType, Union):
        hint = next(item for item in get_args(hint) if item is not type(None))
    if get_origin(hint) is list:
        hint, several = get_args(hint)[0], True
    return Parameter(name, option, hint, several, default, is_argument, owner)
