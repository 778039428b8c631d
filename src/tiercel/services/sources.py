"""What saving a source asks for, whether it is a flow or a template."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeVar

from tiercel.model.problems import InvalidFlowError, Problem

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from tiercel.model.flow import Flow
    from tiercel.store import Condition

Stored = TypeVar("Stored")
Kind = Literal["flow", "template"]

_PAGE = 1000


def id_taken(kind: Kind) -> InvalidFlowError:
    """Return the refusal of a new source whose id is taken."""
    hint = "update it instead, or choose another id"
    return InvalidFlowError(
        [Problem(f"{kind.capitalize()} id already exists", path=f"{kind}.id", hint=hint)]
    )


def require_name(kind: Kind, flow: Flow, namespace: str, id: str) -> None:
    """Refuse a source that names another flow or template than the one to be updated.

    Raises:
        InvalidFlowError: Its id or its namespace is another.
    """
    problems = []
    if flow.id != id:
        problems.append(Problem(f"Illegal {kind} id update", path=f"{kind}.id"))
    if flow.namespace != namespace:
        problems.append(Problem("Illegal namespace update", path=f"{kind}.namespace"))
    if problems:
        raise InvalidFlowError(problems)


async def all_pages(
    search: Callable[[Sequence[Condition], int, int], Awaitable[tuple[list[Stored], int]]],
    conditions: Sequence[Condition],
) -> list[Stored]:
    """Return all that a search finds, in its order.

    Args:
        search: Takes conditions, number and size of a page.
    """
    found: list[Stored] = []
    page = 1
    # until a page is not full: totals are exact only up to a limit
    while len(found) == (page - 1) * _PAGE:
        rows, _ = await search(conditions, page, _PAGE)
        found += rows
        page += 1
    return found
