"""Blueprints: flows that ship with the server, to begin from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from tiercel.model.errors import NotFoundError, TiercelError
from tiercel.services.written import written_tasks

if TYPE_CHECKING:
    from tiercel.services.flows import Flows

_PUBLISHED = datetime(2025, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Blueprint:
    """One flow to begin from; ``tags`` are the groups of its tasks."""

    id: str
    title: str
    description: str
    source: str
    types: tuple[str, ...]
    tags: tuple[str, ...]
    published: datetime = _PUBLISHED


class Blueprints:
    """The blueprints of a folder.

    Args:
        folder: Holds YAML files; those that are no valid flow are left out.
    """

    def __init__(self, flows: Flows, folder: Path) -> None:
        self._flows = flows
        self._folder = folder

    def search(self, query: str = "", tags: Sequence[str] = ()) -> list[Blueprint]:
        """Return blueprints by title, those that contain a text and have one of the tags."""
        wanted = query.lower()
        return [
            item
            for item in self._all.values()
            if wanted in f"{item.id} {item.title} {item.description}".lower()
            and (not tags or set(tags) & set(item.tags))
        ]

    def get(self, blueprint_id: str) -> Blueprint:
        """Return one blueprint. Raises NotFoundError."""
        if blueprint_id not in self._all:
            raise NotFoundError("No such blueprint")
        return self._all[blueprint_id]

    @property
    def tags(self) -> list[str]:
        """All tags, sorted."""
        return sorted({tag for item in self._all.values() for tag in item.tags})

    @cached_property
    def _all(self) -> dict[str, Blueprint]:
        found = {}
        for path in sorted(self._folder.glob("**/*.y*ml")):
            try:
                source = path.read_text("utf-8")
                flow = self._flows.validate(source).flow
            except (TiercelError, OSError, UnicodeDecodeError):
                continue  # what is no flow of this version is none to begin from
            types = {str(task.get("type")) for _, task in written_tasks(flow.definition)}
            groups = {kind.split(".")[-2] for kind in types if "." in kind}
            title = flow.id.replace("_", " ").replace("-", " ").capitalize()
            found[flow.id] = Blueprint(
                flow.id,
                title,
                flow.description or title,
                source,
                tuple(sorted(types)),
                tuple(sorted(groups)),
            )
        return dict(sorted(found.items(), key=lambda item: item[1].title))
