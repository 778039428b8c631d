"""Reading a command line: which command it calls, and with what."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import MISSING, dataclass
from pathlib import Path
from typing import Any, get_type_hints

from tiercel.cli.command import Command, Group, Node, Parameter, UsageError
from tiercel.cli.options import Common, common_parameters

_HELP = ("-h", "--help")
_VERSION = ("-V", "--version")


@dataclass(frozen=True, slots=True)
class Call:
    """A command with its values, or the wish to see help or version.

    Attributes:
        node: What was called; its help is shown when it is a group.
        values: By parameter, complete: what was not given has its default.
    """

    node: Node
    common: Common
    values: Mapping[str, Any]
    wants_help: bool = False
    wants_version: bool = False


def read_call(root: Group, words: Sequence[str]) -> Call:
    """Read a command line.

    Raises:
        UsageError: It calls no command, or not in the way the command is called.
    """
    node, rest = _find(root, words)
    if any(word in _VERSION for word in _options_before_end(rest)):
        return Call(node, Common(), {}, wants_version=True)
    if isinstance(node, Group) or any(word in _HELP for word in _options_before_end(rest)):
        return Call(node, Common(), {}, wants_help=True)
    parameters = node.parameters()
    reading = _Reading(node, [*parameters, *common_parameters()])
    found = reading.read(rest)
    common = Common(**{item.name: found[item] for item in common_parameters()})
    return Call(node, common, _arranged(node, parameters, found))


def _find(root: Group, words: Sequence[str]) -> tuple[Node, list[str]]:
    """Follow the words that name groups and a command; options may stand between them."""
    node: Node = root
    rest: list[str] = []
    common = {name: item for item in common_parameters() for name in item.names}
    queue = list(words)
    while queue and isinstance(node, Group):
        word = queue.pop(0)
        if not word.startswith("-"):
            found = node.find(word)
            if found is None:
                raise UsageError(f"there is no command '{word}'{_nearest(word, node)}", node)
            node = found
            continue
        rest.append(word)
        name = word.partition("=")[0]
        if name in common and not common[name].is_flag and "=" not in word and queue:
            rest.append(queue.pop(0))
        elif name not in common and name not in (*_HELP, *_VERSION) and not _is_cluster(word):
            raise UsageError(f"there is no option '{name}' here", node)
    return node, rest + queue


def _is_cluster(word: str) -> bool:
    return len(word) > 1 and set(word[1:]) == {"v"}


def _nearest(word: str, node: Group) -> str:
    return near(word, node.commands)


def near(word: str, known: Iterable[str]) -> str:
    """Return an offer of the known word that resembles a wrong one most; may be empty."""
    from difflib import get_close_matches

    close = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"; did you mean '{close[0]}'?" if close else ""


def _options_before_end(words: Sequence[str]) -> list[str]:
    end = words.index("--") if "--" in words else len(words)
    return list(words[:end])


class _Reading:
    """Reads what follows the words of a command."""

    def __init__(self, command: Command, parameters: Sequence[Parameter]) -> None:
        self._command = command
        self._arguments = [item for item in parameters if item.is_argument]
        self._options = [item for item in parameters if not item.is_argument]
        self._named = {name: item for item in self._options for name in item.names}
        self._negative = {item.negative: item for item in self._options if item.negative}
        self._found: dict[Parameter, Any] = {}
        self._plain: list[str] = []

    def read(self, words: Sequence[str]) -> dict[Parameter, Any]:
        queue = list(words)
        while queue:
            word = queue.pop(0)
            if word == "--":
                self._plain += queue
                break
            if word.startswith("--"):
                self._long(word, queue)
            elif word.startswith("-") and len(word) > 1 and not _is_number(word):
                self._short(word, queue)
            else:
                self._plain.append(word)
        self._take_arguments()
        for item in self._options:
            if item not in self._found:
                self._found[item] = self._default(item)
        return self._found

    def _long(self, word: str, queue: list[str]) -> None:
        name, sign, value = word.partition("=")
        if name in self._negative and not sign:
            self._found[self._negative[name]] = False
            return
        item = self._named.get(name)
        if item is None:
            raise self._wrong(
                f"there is no option '{name}'{near(name, [*self._named, *self._negative])}"
            )
        if item.is_flag:
            self._flag(item, value if sign else "true")
        else:
            self._value(item, name, value if sign else self._next(name, queue))

    def _short(self, word: str, queue: list[str]) -> None:
        letters = word[1:]
        while letters:
            name, letters = f"-{letters[0]}", letters[1:]
            item = self._named.get(name)
            if item is None:
                raise self._wrong(f"there is no option '{name}'")
            if item.is_flag:
                self._flag(item, "true")
            else:
                self._value(item, name, letters.removeprefix("=") or self._next(name, queue))
                return

    def _flag(self, item: Parameter, value: str) -> None:
        if value not in ("true", "false"):
            raise self._wrong(f"{item.names[0]} takes no value, or true or false")
        if item.option.count:
            self._found[item] = self._found.get(item, 0) + (value == "true")
        else:
            self._found[item] = value == "true"

    def _next(self, name: str, queue: list[str]) -> str:
        if not queue or (queue[0].startswith("--") and len(queue[0]) > 2):
            raise self._wrong(f"{name} needs a value")
        return queue.pop(0)

    def _value(self, item: Parameter, name: str, text: str) -> None:
        value = self._converted(item, name, text)
        if item.several:
            self._found.setdefault(item, []).append(value)
        else:
            self._found[item] = value

    def _converted(self, item: Parameter, name: str, text: str) -> Any:
        choices = item.option.choices
        if choices:
            chosen = next((choice for choice in choices if choice.lower() == text.lower()), None)
            if chosen is None:
                raise self._wrong(f"{name} is one of {', '.join(choices)}, not '{text}'")
            return chosen
        convert: Callable[[str], Any] = item.kind
        try:
            return convert(text)
        except ValueError:
            raise self._wrong(f"{name} wants a number, not '{text}'") from None

    def _take_arguments(self) -> None:
        plain = self._plain
        for index, item in enumerate(self._arguments):
            if item.several:
                left = sum(1 for later in self._arguments[index + 1 :] if later.required)
                count = max(len(plain) - left, 0)
                given, plain = plain[:count], plain[count:]
                if not given and item.required:
                    raise self._wrong(f"{item.metavar} is missing")
                read = [self._converted(item, item.metavar, text) for text in given]
                self._found[item] = read or item.default
            elif plain:
                self._found[item] = self._converted(item, item.metavar, plain[0])
                plain = plain[1:]
            elif item.required:
                raise self._wrong(f"{item.metavar} is missing")
            else:
                self._found[item] = item.default
        if plain:
            raise self._wrong(f"'{plain[0]}' is one argument too many")

    def _default(self, item: Parameter) -> Any:
        from_environment = os.environ.get(item.option.env) if item.option.env else None
        if from_environment:
            value = self._converted(item, item.option.env, from_environment)
            return [value] if item.several else value
        if item.default is MISSING:
            raise self._wrong(f"{item.names[0]} is missing")
        return item.default

    def _wrong(self, message: str) -> UsageError:
        return UsageError(message, self._command)


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def _arranged(
    command: Command, parameters: Sequence[Parameter], found: Mapping[Parameter, Any]
) -> dict[str, Any]:
    """Return values by parameter of the function; fields are put into their dataclass."""
    values: dict[str, Any] = {}
    owned: dict[str, dict[str, Any]] = {}
    for item in parameters:
        if item.owner:
            owned.setdefault(item.owner, {})[item.name] = found[item]
        else:
            values[item.name] = found[item]
    if owned:
        hints = get_type_hints(command.function)
        for owner, given in owned.items():
            values[owner] = hints[owner](**given)
    return values


def takes_paths(item: Parameter) -> bool:
    """Whether values of a parameter name files: completion then offers some."""
    return item.kind is Path
