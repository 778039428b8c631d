"""What is wrong with a configuration, and what is only worth a line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tiercel.model.errors import TiercelError


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value was written.

    Attributes:
        source: Path of a file, or name of an environment variable.
        line, column: 1-based place in its text; 0 for a variable that is the value itself.
    """

    source: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.source}:{self.line}:{self.column}" if self.line else self.source


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing to say about a configuration.

    Attributes:
        origin: None for what is said of all sources together.
        key: Path of keys as it was written; empty for the whole source.
        hint: How to mend it; may be empty.
    """

    origin: Origin | None
    key: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        key = f"{self.key}: " if self.key else ""
        hint = f" ({self.hint})" if self.hint else ""
        origin = f"{self.origin}: " if self.origin else ""
        return f"{origin}{key}{self.message}{hint}"


class InvalidConfigurationError(TiercelError):
    """A configuration is refused; ``problems`` lists everything that is wrong with it at once."""

    code, http_status = "invalid_configuration", 500

    def __init__(self, problems: Sequence[Remark]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))
