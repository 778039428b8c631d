"""Where commands write: results to standard output, everything about them to standard error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape

from tiercel.model.problems import InvalidFlowError, Severity

if TYPE_CHECKING:
    from tiercel.model.errors import TiercelError
    from tiercel.model.problems import Problem

out = Console(highlight=False, emoji=False, soft_wrap=True)
err = Console(highlight=False, emoji=False, soft_wrap=True, stderr=True)


def write(text: str) -> None:
    """Write a line of results as it is: no styles, no wrapping, tabs stay tabs."""
    out.file.write(f"{text}\n")


def complain(text: str) -> None:
    """Write a line to standard error as it is."""
    err.file.write(f"{text}\n")


def show_error(error: TiercelError, *, file: str = "flow") -> None:
    """Print a refusal to standard error: what is wrong, where, and how to mend it."""
    if isinstance(error, InvalidFlowError):
        for problem in error.problems:
            show_problem(problem, file)
        return
    err.print(f"[bold red]error[/]: {escape(error.message)}")
    if error.hint:
        err.print(f"  [dim]{escape(error.hint)}[/]")


def show_problem(problem: Problem, file: str) -> None:
    """Print one problem of a source as ``file:line:column: path: message``."""
    style = "bold red" if problem.severity is Severity.ERROR else "bold yellow"
    err.print(f"[{style}]{problem.severity.lower()}[/]: {escape(problem.render(file))}")
