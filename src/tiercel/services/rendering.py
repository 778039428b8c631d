"""Templates in the run context of one attempt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tiercel.expressions import render, render_typed, render_value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tiercel.expressions import Services


class Rendering:
    """Base of the contexts that tasks are given: what renders.

    Attributes:
        variables: The run context.
    """

    def __init__(self, variables: Mapping[str, Any], services: Services) -> None:
        self.variables = variables
        self._services = services

    def render(self, template: str, extra: Mapping[str, Any] | None = None) -> str:
        """Render one text in the run context. Raises ExpressionError."""
        return render(template, self._with(extra), self._services)

    def render_typed(self, template: str) -> Any:
        """Return the value of a text that is one expression, with its type; else its text."""
        return render_typed(template, self.variables, self._services)

    def render_value(self, value: Any, extra: Mapping[str, Any] | None = None) -> Any:
        """Render lists and maps recursively. Raises ExpressionError."""
        return render_value(value, self._with(extra), self._services)

    def _with(self, extra: Mapping[str, Any] | None) -> Mapping[str, Any]:
        return {**self.variables, **extra} if extra else self.variables
