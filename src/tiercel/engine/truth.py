"""What counts as true in ``runIf`` and conditions."""

from __future__ import annotations

_FALSY = frozenset({"", "false", "0", "-0"})


def is_truthy(rendered: object) -> bool:
    """Return whether rendered text counts as true: all but nothing, "", "false", "0" and "-0"
    does."""
    if rendered is None or rendered is False:
        return False
    return str(rendered) not in _FALSY
