"""What a compiled template carries while it runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from tiercel.expressions.limits import (
    LOOP_STEPS,
    NESTING,
    OUTPUT_CHARACTERS,
    check_text_size,
    exceeded,
)

if TYPE_CHECKING:
    from tiercel.expressions.services import Services

NOTHING: Final[Mapping[str, object]] = {}


class Meter:
    """Work done by one render, the renders and macros inside it included."""

    __slots__ = ("depth", "steps")

    def __init__(self) -> None:
        self.steps = 0
        self.depth = 0

    def step(self, count: int) -> None:
        """Count loop steps. Raises when there are too many."""
        self.steps += count
        if self.steps > LOOP_STEPS:
            raise exceeded("loop steps", f"{LOOP_STEPS:,}")

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
        variables: Variables of the template itself (``set``, loops, macro parameters); they hide the
            context. One flat map: loops put back what they hid.
        created: Names first set in the innermost scope; they vanish with it.
        services: The door to the outside.
        meter: Shared by everything that one render sets off.
    """

    __slots__ = ("context", "created", "meter", "services", "variables")

    def __init__(
        self, context: Mapping[str, object], services: Services, meter: Meter | None = None
    ) -> None:
        self.context = context
        self.variables: dict[str, object] = {}
        self.created: list[str] = []
        self.services = services
        self.meter = meter or Meter()

    def visible(self) -> Mapping[str, object]:
        """All variables that can be read at this moment."""
        if not self.variables:
            return self.context
        return Layered(dict(self.variables), self.context)

    def assign(self, name: str, value: object) -> None:
        """Give a variable a value, in the scope that has it or else in the innermost."""
        if name not in self.variables and name not in self.context:
            self.created.append(name)
        self.variables[name] = value


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
    """Pieces of the output, written one after the other."""

    __slots__ = ()

    def text(self) -> str:
        """All pieces as one text. Raises when it is too long."""
        if len(self) == 1:
            return self[0]
        check_text_size(sum(map(len, self)))
        return "".join(self)

    def compact(self) -> int:
        """Check the size so far; returns the number of pieces at which to check again."""
        if sum(map(len, self)) > OUTPUT_CHARACTERS:
            raise exceeded("characters in the output", f"{OUTPUT_CHARACTERS:,}")
        return len(self) + 5000
