"""What an executor leaves alone, as conditions of its queries."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tiercel.store.queries import queries

if TYPE_CHECKING:
    from tiercel.store.values import Ignored

_PARAMETER = re.compile(r"\$(\d+)")


def shifted(text: str, by: int) -> str:
    """Return a part of a statement with the numbers of its parameters moved up."""
    return _PARAMETER.sub(lambda found: f"${int(found[1]) + by}", text)


def condition(ignored: Ignored, after: int = 0) -> tuple[str, list[Any]]:
    """Return what is true of ignored executions ``e``, and its parameters.

    Args:
        after: How many parameters the statement has before.
    """
    if ignored.all:
        return "true", []
    flows = sorted(ignored.flows)
    return shifted(queries("inbox")["ignored"], after), [
        sorted(ignored.executions),
        sorted(ignored.namespaces),
        [namespace for namespace, _ in flows],
        [flow_id for _, flow_id in flows],
    ]
