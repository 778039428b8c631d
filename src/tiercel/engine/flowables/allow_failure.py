"""AllowFailure: a sequence whose failure is only a warning."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from tiercel.engine.flowables.base import Flowable
from tiercel.engine.outcome import mapped_state
from tiercel.model.state import StateType

if TYPE_CHECKING:
    from tiercel.engine.scope import Scope


class AllowFailure(Flowable):
    """A sequence that ends in WARNING when one of its tasks failed."""

    name: ClassVar[str] = "allow_failure"

    def final_state(self, scope: Scope, state: StateType) -> StateType:
        """Make a warning of a failure."""
        if state is StateType.FAILED:
            state = StateType.WARNING
        return mapped_state(scope.task, state)
