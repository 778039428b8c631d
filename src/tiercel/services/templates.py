"""Use cases of templates: save, read, search, delete, import, export."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from tiercel.model.errors import NotFoundError
from tiercel.model.problems import MOST_PROBLEMS, InvalidFlowError, Problem
from tiercel.services.archives import write_zip
from tiercel.services.source_files import read_sources
from tiercel.services.sources import all_pages, id_taken, require_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from tiercel.check import ParsedFlow
    from tiercel.services.flows import Flows
    from tiercel.store import Condition, Sort, Store, StoredTemplate

_PROPERTIES = ("id", "namespace", "tenantId", "description", "tasks", "errors", "deleted")


class Templates:
    """What clients do with templates. A template is read as a flow that has nothing but tasks."""

    def __init__(self, store: Store, flows: Flows) -> None:
        self._store = store
        self._flows = flows

    def validate(self, source: str) -> ParsedFlow:
        """Return what a source means.

        Raises:
            InvalidFlowError: With every problem of the source.
        """
        try:
            parsed = self._flows.validate(source)
        except InvalidFlowError as error:
            _refuse_unknown(error.definition)
            raise
        _refuse_unknown(parsed.flow.definition)
        return parsed

    async def create(self, source: str) -> StoredTemplate:
        """Save a new template.

        Raises:
            InvalidFlowError: The source is not valid, or a template of that name exists.
        """
        parsed = self.validate(source)
        if await self._store.templates.get(parsed.flow.namespace, parsed.flow.id) is not None:
            raise id_taken("template")
        return await self._save(parsed)

    async def update(self, namespace: str, template_id: str, source: str) -> StoredTemplate:
        """Save a template again; executions under way go on with the revision they began with.

        Raises:
            InvalidFlowError: The source is not valid, or names another template.
            NotFoundError: There is no such template.
        """
        await self.get(namespace, template_id)
        parsed = self.validate(source)
        require_name("template", parsed.flow, namespace, template_id)
        return await self._save(parsed)

    async def get(self, namespace: str, template_id: str) -> StoredTemplate:
        """Return a template. Raises NotFoundError when there is none."""
        stored = await self._store.templates.get(namespace, template_id)
        if stored is None:
            raise NotFoundError(f"No template {namespace}.{template_id}")
        return stored

    async def delete(self, templates: Iterable[tuple[str, str]]) -> int:
        """Delete templates by namespace and id; return how many there were."""
        gone = [await self._store.templates.delete(*name) for name in dict.fromkeys(templates)]
        return sum(gone)

    async def search(
        self,
        conditions: Sequence[Condition] = (),
        *,
        page: int = 1,
        size: int = 10,
        sort: Sequence[Sort] = (),
    ) -> tuple[Sequence[StoredTemplate], int]:
        """Return one page of templates, and how many there are in all."""
        return await self._store.templates.search(conditions, page, size, sort)

    async def matching(self, conditions: Sequence[Condition] = ()) -> list[StoredTemplate]:
        """Return all templates that conditions select, by namespace and id."""
        return await all_pages(self._store.templates.search, conditions)

    async def namespaces(self, q: str | None = None) -> Sequence[str]:
        """Return the namespaces that have templates; with ``q`` those that contain it."""
        return await self._store.templates.namespaces(q)

    async def save_sources(
        self, sources: Mapping[str, str], *, namespace: str | None = None, delete: bool = False
    ) -> list[StoredTemplate]:
        """Create or update templates; all sources are checked before the first is stored.

        Args:
            namespace: Only templates of this one may be given; None allows any.
            delete: Delete what the namespace holds besides.

        Raises:
            InvalidFlowError: One is not valid, or belongs elsewhere.
        """
        parsed = [self.validate(source) for source in sources.values()]
        if namespace is not None and any(one.flow.namespace != namespace for one in parsed):
            raise InvalidFlowError(
                [Problem("Template namespace is invalid", path="template.namespace")]
            )
        given = {(one.flow.namespace, one.flow.id) for one in parsed}
        if delete and namespace is not None:
            held = {(one.namespace, one.id) for one in await self.matching()}
            await self.delete(name for name in sorted(held - given) if name[0] == namespace)
        return [await self._save(one) for one in parsed]

    async def import_file(self, path: Path, file_name: str) -> list[StoredTemplate]:
        """Create or update the templates of a zip archive, or of YAML documents."""
        sources = await asyncio.to_thread(lambda: dict(read_sources(path, file_name)))
        return await self.save_sources(sources)

    async def archive(self, templates: Sequence[StoredTemplate]) -> bytes:
        """Return a zip archive with the sources, as ``<namespace>.<id>.yml``."""
        files = [(f"{one.namespace}.{one.id}.yml", one.source.encode()) for one in templates]
        return await asyncio.to_thread(write_zip, files)

    async def _save(self, parsed: ParsedFlow) -> StoredTemplate:
        flow = parsed.flow
        return await self._store.templates.save(
            flow.namespace, flow.id, flow.source, flow.definition, flow.description
        )


def _refuse_unknown(definition: Mapping[str, Any]) -> None:
    """Raise InvalidFlowError for properties that flows may have and templates not."""
    hint = f"a template has {', '.join(_PROPERTIES)}"
    unknown = [
        Problem(f'Unrecognized field "{name}" (class Template)', path=name, hint=hint)
        for name in definition
        if name not in _PROPERTIES
    ]
    if unknown:
        raise InvalidFlowError(unknown[:MOST_PROBLEMS], definition)
