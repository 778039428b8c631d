"""Problems of a flow source: each with its place, its property path and how to mend it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tiercel.model.errors import TiercelError

MOST_PROBLEMS = 100
"""Problems that are told of one source: who has more mends these first."""


class Severity(StrEnum):
    """An error refuses the flow; a warning does not."""

    ERROR = "ERROR"
    WARNING = "WARNING"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a source.

    Attributes:
        message: What is wrong; wording as the original API has it where clients show it.
        path: Property path, tasks by index: ``tasks[0].message``; empty for the whole flow.
        line, column: 1-based place in the source; 0 when there is none.
        hint: How to mend it, e.g. the nearest valid word; may be empty.
    """

    message: str
    path: str = ""
    line: int = 0
    column: int = 0
    hint: str = ""
    severity: Severity = Severity.ERROR

    def render(self, file: str = "flow") -> str:
        """Return ``file:line:column: path: message (hint)`` for a terminal or a log."""
        place = f"{file}:{self.line}:{self.column}: " if self.line else f"{file}: "
        path = f"{self.path}: " if self.path else ""
        hint = f" ({self.hint})" if self.hint else ""
        return f"{place}{path}{self.message}{hint}"


def more_problems(line: int = 0, column: int = 0, severity: Severity = Severity.ERROR) -> Problem:
    """Return what is told last of a source that was not looked through to its end."""
    message = f"there are more than {MOST_PROBLEMS} problems; no more were looked for"
    return Problem(message, "", line, column, "mend these, and look again", severity)


class InvalidFlowError(TiercelError):
    """A flow source is refused; ``problems`` lists everything that is wrong with it at once.

    Attributes:
        definition: The flow as plain values, empty when the source is not a map.
    """

    code, http_status = "invalid_flow", 422

    def __init__(
        self, problems: Sequence[Problem], definition: Mapping[str, Any] | None = None
    ) -> None:
        self.problems = tuple(problems)
        self.definition = definition or {}
        super().__init__("\n".join(problem.render() for problem in self.problems))
