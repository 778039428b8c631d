"""WorkingDirectory: what is left to decide once its worker is done."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from tiercel.engine.flowables.base import Flowable, Planned

if TYPE_CHECKING:
    from tiercel.engine.scope import Scope
    from tiercel.model.execution import TaskRun


class WorkingDirectory(Flowable):
    """A job whose worker runs ``tasks`` in one folder and reports each of them."""

    name: ClassVar[str] = "working_directory"

    def next_children(self, scope: Scope, finished: TaskRun | None) -> Iterable[Planned]:
        """Create nothing: the worker does."""
        return ()

    def is_complete(self, scope: Scope) -> bool:
        """Return whether the worker is done."""
        return bool(scope.remembered.get("done"))
