"""What a compiled template carries while it runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar

from tiercel.expressions.limits import (
    ALL_PATTERNS_SECONDS,
    HANDLED,
    LARGE,
    LOOP_STEPS,
    NESTING,
    OUTPUT_CHARACTERS,
    PATTERN_SECONDS,
    VISITS,
    check_text_size,
    exceeded,
)
from tiercel.expressions.values import concatenated_text, printed_text

if TYPE_CHECKING:
    from tiercel.expressions.services import Services

NOTHING: Final[Mapping[str, object]] = {}
Result = TypeVar("Result")

Scope: TypeAlias = tuple[str, object, bool, object, list[str]]
"""What a loop hides: its variable, ``loop`` where it is used, the names created outside."""

_ABSENT: Final = object()
_PIECES: Final = 5000
_NO_BLOCKS: Final[Mapping[str, Callable[[Environment], str]]] = {}
_NO_MACROS: Final[Mapping[str, Callable[[Environment, list[Any]], str]]] = {}


class Meter:
    """Work done by one render, the renders and macros inside it included."""

    steps = 0
    depth = 0
    handled = 0
    visits = 0
    seconds = 0.0

    def step(self, count: int) -> None:
        """Count loop steps. Raises when there are too many."""
        self.steps += count
        if self.steps > LOOP_STEPS:
            raise exceeded("loop steps", f"{LOOP_STEPS:,}")

    def handle(self, size: int) -> None:
        """Count the characters or elements of a large value that was built or read as a whole."""
        self.handled += size
        if self.handled > HANDLED:
            raise exceeded("characters and elements handled by one render", f"{HANDLED:,}")

    def visit(self, count: int) -> None:
        """Count values that are looked at one by one."""
        self.visits += count
        if self.visits > VISITS:
            raise exceeded("values visited by one render", f"{VISITS:,}")

    def pattern(self, what: str, run: Callable[[float], Result]) -> Result:
        """Run a regular expression or a jq program within its time.

        Args:
            what: What runs, for messages.
            run: Given the seconds it may take, raises TimeoutError when they are over.
        """
        left = min(PATTERN_SECONDS, ALL_PATTERNS_SECONDS - self.seconds)
        started = perf_counter()
        try:
            if left <= 0:
                raise TimeoutError
            return run(left)
        except TimeoutError:
            limit = PATTERN_SECONDS if left == PATTERN_SECONDS else ALL_PATTERNS_SECONDS
            raise exceeded(f"seconds for {what}", f"{limit:g}") from None
        finally:
            self.seconds += perf_counter() - started

    def enter(self, what: str) -> None:
        """Count one more level of nested ``what``. Raises when there are too many."""
        self.depth += 1
        if self.depth > NESTING:
            self.depth -= 1
            raise exceeded(f"nested {what}", NESTING)

    def leave(self) -> None:
        """Count one level less."""
        self.depth -= 1


class Environment:
    """Variables and services of one render.

    Attributes:
        context: The variables given from outside. Never copied, never changed.
        variables: Variables of the template itself (``set``, loops, macro parameters); they hide
            the context. One flat map: loops put back what they hid.
        created: Names first set in the innermost scope; they vanish with it.
        services: The door to the outside.
        meter: Shared by everything that one render sets off.
        root: The variables given to the outermost render, for functions that need the flow itself;
            inside macros too.
        blocks: Content of the template's blocks.
        macros: Bodies of the template's macros.
    """

    blocks: Mapping[str, Callable[[Environment], str]] = _NO_BLOCKS
    macros: Mapping[str, Callable[[Environment, list[Any]], str]] = _NO_MACROS

    def __init__(
        self,
        context: Mapping[str, object],
        services: Services,
        meter: Meter | None = None,
        root: Mapping[str, object] | None = None,
    ) -> None:
        self.context = context
        self.root = context if root is None else root
        self.variables: dict[str, object] = {}
        self.created: list[str] = []
        self.services = services
        self.meter = meter or Meter()

    def handle(self, size: int) -> None:
        """Count the size of a value that was built or read as a whole, when it is large."""
        if size > LARGE:
            self.meter.handle(size)

    def visible(self) -> Mapping[str, object]:
        """All variables that can be read at this moment."""
        if not self.variables:
            return self.context
        return Layered(dict(self.variables), self.context)

    def open_scope(self, name: str, has_loop: bool) -> Scope:
        """Begin a loop over ``name``; returns what :meth:`close_scope` puts back."""
        variables = self.variables
        outer = (
            name,
            variables.get(name, _ABSENT),
            has_loop,
            variables.get("loop", _ABSENT),
            self.created,
        )
        self.created = []
        return outer

    def close_scope(self, outer: Scope) -> None:
        """End a loop: forget what was created in it, uncover what it hid."""
        variables = self.variables
        for name in self.created:
            variables.pop(name, None)
        name, hidden, has_loop, hidden_loop, self.created = outer
        _put_back(variables, name, hidden)
        if has_loop:
            _put_back(variables, "loop", hidden_loop)

    def assign(self, name: str, value: object) -> None:
        """Give a variable a value, in the scope that has it or else in the innermost."""
        if name not in self.variables and name not in self.context:
            self.created.append(name)
        self.variables[name] = value


def _put_back(variables: dict[str, object], name: str, hidden: object) -> None:
    if hidden is _ABSENT:
        variables.pop(name, None)
    else:
        variables[name] = hidden


class Layered(Mapping[str, object]):
    """A map laid over another one."""

    __slots__ = ("_lower", "_upper")

    def __init__(self, upper: dict[str, object], lower: Mapping[str, object]) -> None:
        self._upper = upper
        self._lower = lower

    def __getitem__(self, key: str) -> object:
        if key in self._upper:
            return self._upper[key]
        return self._lower[key]

    def __iter__(self) -> Iterator[str]:
        yield from self._upper
        for key in self._lower:
            if key not in self._upper:
                yield key

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, key: object) -> bool:
        return key in self._upper or key in self._lower


class Output(list[str]):
    """Pieces of the output, written one after the other.

    Args:
        to_text: What prints do to values. The text of a macro, a block or a ``filter`` tag is made
            of Java texts; the output itself shows lists and maps as JSON.

    Attributes:
        mark: Number of pieces from which on :meth:`compact` is due.
    """

    _large = 0
    _settled = 0
    mark = _PIECES
    to_text: Callable[[object], str] = staticmethod(printed_text)

    def print(self, value: object) -> None:
        """Add the text of a value. Raises when it or the output gets too long."""
        text = self.to_text(value)
        if len(text) > LARGE:
            self.account(len(text))
        self.append(text)

    def account(self, size: int) -> None:
        """Count a large piece at once, so that a few of them can't fill the memory."""
        self._large += size
        if self._large > OUTPUT_CHARACTERS:
            raise exceeded("characters in the output", f"{OUTPUT_CHARACTERS:,}")

    def text(self) -> str:
        """All pieces as one text. Raises when it is too long."""
        if len(self) == 1:
            return self[0]
        text = "".join(self)
        check_text_size(len(text))
        return text

    def compact(self) -> None:
        """Join the pieces so far and check their size; to be done when there are over ``mark``."""
        if sum(map(len, self)) > OUTPUT_CHARACTERS:
            raise exceeded("characters in the output", f"{OUTPUT_CHARACTERS:,}")
        self[self._settled :] = ["".join(self[self._settled :])]
        self._settled = len(self)
        self.mark = self._settled + _PIECES


class InnerOutput(Output):
    """The text of a macro, a block or a ``filter`` tag, where lists and maps show as Java texts."""

    to_text: Callable[[object], str] = staticmethod(concatenated_text)
