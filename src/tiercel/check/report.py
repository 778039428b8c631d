"""Collects problems while a source is read."""

from __future__ import annotations

from tiercel.model.problems import MOST_PROBLEMS, Problem, Severity, more_problems
from tiercel.model.yaml import Node
from tiercel.plugin.faults import Fault, Path, path_text


class EnoughProblemsError(Exception):
    """So much is wrong with a source that no more is looked for."""


class Report:
    """Problems found so far; the same one at the same place is kept once."""

    def __init__(self) -> None:
        self._left = dict.fromkeys(Severity, MOST_PROBLEMS)
        self._problems: dict[Problem, None] = {}
        self._deprecated: dict[str, None] = {}
        self._renamed: dict[str, None] = {}

    def add(self, problem: Problem) -> None:
        """Add a problem with its place.

        Raises:
            EnoughProblemsError: There are more than are told.
        """
        if problem in self._problems:
            return
        left = self._left[problem.severity] = self._left[problem.severity] - 1
        if left == -1:
            problem = more_problems(problem.line, problem.column, problem.severity)
        if left >= -1:
            self._problems[problem] = None
        if left < 0 and problem.severity is Severity.ERROR:
            raise EnoughProblemsError

    def error(self, node: Node | None, path: Path, message: str, hint: str = "") -> None:
        """Refuse the flow because of ``node``, at its value."""
        self._add(node, path, message, hint, Severity.ERROR)

    def warn(self, node: Node | None, path: Path, message: str, hint: str = "") -> None:
        """Tell about ``node`` without refusing the flow."""
        self._add(node, path, message, hint, Severity.WARNING)

    def fault(self, fault: Fault, owner: Node) -> None:
        """Refuse the flow because a property of ``owner`` does not fit."""
        node = fault.value if isinstance(fault.value, Node) else owner
        line, column = node.place if fault.is_key else (node.line, node.column)
        if not line:
            line, column = owner.line, owner.column
        self.add(Problem(fault.message, path_text(fault.path), line, column, fault.hint))

    def deprecate(self, path: Path) -> None:
        """Note a property or type that should not be used any more."""
        self._deprecated.setdefault(path_text(path))

    def rename(self, written: str, current: str) -> None:
        """Note a type that is written with an older name."""
        self._renamed.setdefault(f"{written} is replaced by {current}")

    @property
    def deprecated(self) -> tuple[str, ...]:
        """Paths of deprecated properties and types."""
        return tuple(self._deprecated)

    @property
    def renamed(self) -> tuple[str, ...]:
        """One sentence for each type with an older name."""
        return tuple(self._renamed)

    def _add(
        self, node: Node | None, path: Path, message: str, hint: str, severity: Severity
    ) -> None:
        line, column = (node.line, node.column) if node is not None else (0, 0)
        self.add(Problem(message, path_text(path), line, column, hint, severity))

    @property
    def has_enough_warnings(self) -> bool:
        """Whether no more warnings are kept."""
        return self._left[Severity.WARNING] < 0

    @property
    def has_errors(self) -> bool:
        """Whether anything refuses the flow."""
        return self._left[Severity.ERROR] < MOST_PROBLEMS

    @property
    def errors(self) -> tuple[Problem, ...]:
        """What refuses the flow, in source order."""
        return self._of(Severity.ERROR)

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What does not refuse it, in source order."""
        return self._of(Severity.WARNING)

    def _of(self, severity: Severity) -> tuple[Problem, ...]:
        found = [problem for problem in self._problems if problem.severity is severity]
        return tuple(sorted(found, key=lambda problem: (problem.line, problem.column)))
