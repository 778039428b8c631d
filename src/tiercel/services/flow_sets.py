"""What is done to many flows at once: all of it, or nothing."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tiercel.model.errors import IllegalArgumentError, NotFoundError
from tiercel.model.problems import MOST_PROBLEMS, InvalidFlowError, Problem, more_problems
from tiercel.model.yaml import parse_yaml
from tiercel.services.archives import write_zip
from tiercel.services.source_edits import to_yaml, with_map
from tiercel.services.source_files import read_sources
from tiercel.services.sources import all_pages
from tiercel.services.written import find_task, replaced_task
from tiercel.store import Condition, Operation

if TYPE_CHECKING:
    from pathlib import Path

    from tiercel.model.flow import Flow
    from tiercel.services.flows import Flows, SavedFlow
    from tiercel.store import Store, StoredFlow

FlowId = tuple[str, str]
"""Namespace and id."""

_MOST_FAULTS = 1_000
_DISABLED = re.compile(r"^disabled[ \t]*:.*$", re.MULTILINE)


def _plain(source: str) -> dict[str, Any]:
    """Return what a source holds; nothing when it can't be read as a map."""
    root = parse_yaml(source).root
    found = root.plain() if root is not None else None
    return found if isinstance(found, dict) else {}


class FlowSets:
    """Use cases over many flows. Everything that is written goes in one transaction."""

    def __init__(self, store: Store, flows: Flows) -> None:
        self._store = store
        self._flows = flows
        self._faults: dict[tuple[str, str, int], str] = {}

    async def matching(self, conditions: Sequence[Condition]) -> list[StoredFlow]:
        """Return all flows that conditions select, by namespace and id."""
        return await all_pages(self._store.flows.search, conditions)

    async def named(self, ids: Sequence[FlowId]) -> list[StoredFlow]:
        """Return the flows with these names.

        Raises:
            NotFoundError: One of them does not exist.
        """
        found = []
        for namespace, flow_id in dict.fromkeys(ids):
            stored = await self._store.flows.get(namespace, flow_id)
            if stored is None:
                raise NotFoundError("No value present", hint=f"there is no {namespace}.{flow_id}")
            found.append(stored)
        return found

    def deprecated_in(self, flow: StoredFlow) -> list[str]:
        """Return the paths of what is deprecated in a flow; none when it is not valid any more."""
        try:
            return list(self._flows.validate(flow.source).deprecated)
        except InvalidFlowError:
            return []

    async def fault_of(self, flow: StoredFlow) -> str:
        """Return why a stored flow is not valid any more: a plugin is gone; empty when it is."""
        key = (flow.namespace, flow.id, flow.revision)
        if key not in self._faults:
            fault = await asyncio.to_thread(self._fault, flow.source)
            if len(self._faults) >= _MOST_FAULTS:
                self._faults.clear()
            self._faults[key] = fault
        return self._faults[key]

    def _fault(self, source: str) -> str:
        try:
            self._flows.validate(source)
        except InvalidFlowError as error:
            return error.message
        return ""

    async def delete(self, flows: Sequence[StoredFlow]) -> int:
        """Delete flows; return how many."""
        await self._flows.save_all([], [(flow.namespace, flow.id) for flow in flows])
        return len(flows)

    async def set_disabled(self, flows: Sequence[StoredFlow], disabled: bool) -> int:
        """Disable or enable flows by a new revision each; return how many were not so already.

        Raises:
            InvalidFlowError: A source is not valid any more.
        """
        changed = [
            self._switched(flow, disabled) for flow in flows if flow.disabled is not disabled
        ]
        await self._flows.save_all(changed)
        return len(changed)

    def _switched(self, stored: StoredFlow, disabled: bool) -> Flow:
        line = f"disabled: {str(disabled).lower()}"
        text, count = _DISABLED.subn(line, stored.source)
        if not count:
            text = f"{stored.source.rstrip()}\n{line}\n"
        try:
            flow = self._flows.validate(text).flow
        except InvalidFlowError:
            # written in one line, or with a document end: the line does not fit there
            flow = self._flows.validate(to_yaml({**stored.definition, "disabled": disabled})).flow
        if flow.disabled is not disabled:
            flow = self._flows.validate(to_yaml({**flow.definition, "disabled": disabled})).flow
        return flow

    async def replace_task(
        self, namespace: str, flow_id: str, task_id: str, task: Mapping[str, Any]
    ) -> SavedFlow:
        """Save a flow with another task in the place of one.

        Raises:
            NotFoundError: No such flow or task.
            IllegalArgumentError: The other task has another id.
            InvalidFlowError: The flow would not be valid.
        """
        stored = await self._flows.get(namespace, flow_id)
        written = _plain(stored.source)
        old = find_task(written, task_id)
        if old is None:
            raise NotFoundError(f"No task {task_id} in {namespace}.{flow_id}")
        if task.get("id") != task_id:
            raise IllegalArgumentError(
                f"Invalid taskId, previous '{task_id}' & current '{task.get('id')}'"
            )
        wanted = replaced_task(written, old, task)
        source = with_map(stored.source, written, old, task)
        if source is None or _plain(source) != wanted:
            source = to_yaml(wanted)
        return await self._flows.update(namespace, flow_id, source)

    # Several sources

    async def save_sources(self, sources: Mapping[str, str]) -> list[StoredFlow]:
        """Create or update flows.

        Args:
            sources: By a name for messages: a file's name, or a number.

        Raises:
            InvalidFlowError: One is not valid; the problems of all are told.
        """
        return await self._flows.save_all(self._parsed(sources.items()))

    async def rewrite(self, sources: Mapping[FlowId, str]) -> list[StoredFlow]:
        """Save other sources of flows.

        Raises:
            InvalidFlowError: One is not valid, or names another flow; then nothing is stored.
        """
        named = ((".".join(name), text) for name, text in sources.items())
        flows = self._parsed(named)
        problems = [
            Problem(f"The source of {'.'.join(name)} would name another flow", path="flow.id")
            for name, flow in zip(sources, flows, strict=True)
            if name != (flow.namespace, flow.id)
        ]
        if problems:
            raise InvalidFlowError(problems)
        return await self._flows.save_all(flows)

    async def replace(
        self,
        sources: Sequence[str],
        *,
        delete: bool,
        namespace: str | None = None,
        with_children: bool = False,
    ) -> list[StoredFlow]:
        """Make namespaces hold just the given flows; return the deleted ones, then the given.

        Args:
            delete: Delete what the namespaces hold besides; else leave it.
            namespace: Only flows of this namespace may be given; None allows any, and then what
                they name is replaced.
            with_children: Flows of its children too.

        Raises:
            InvalidFlowError: A flow is not valid, belongs elsewhere, or is given twice.
        """
        numbered = ((str(index), text) for index, text in enumerate(sources))
        flows = self._parsed(numbered)
        self._refuse_foreign(flows, namespace, with_children)
        given = {(flow.namespace, flow.id) for flow in flows}
        spaces = {flow.namespace for flow in flows} | ({namespace} if namespace else set())
        gone: list[StoredFlow] = []
        if delete:
            for space in sorted(spaces):
                gone += [
                    flow
                    for flow in await self.matching([_exactly(space)])
                    if (flow.namespace, flow.id) not in given
                ]
        saved = await self._flows.save_all(flows, [(flow.namespace, flow.id) for flow in gone])
        return [*gone, *saved]

    def _refuse_foreign(
        self, flows: Sequence[Flow], namespace: str | None, with_children: bool
    ) -> None:
        problems = []
        for flow in flows:
            is_child = with_children and flow.namespace.startswith(f"{namespace}.")
            if namespace is not None and flow.namespace != namespace and not is_child:
                problems.append(Problem("Flow namespace is invalid", path="flow.namespace"))
        names = Counter((flow.namespace, flow.id) for flow in flows)
        problems += [
            Problem("Duplicate flow id", path="flow.id", hint=f"{name[1]} is given twice")
            for name, count in names.items()
            if count > 1
        ]
        if problems:
            raise InvalidFlowError(list(dict.fromkeys(problems)))

    def _parsed(self, sources: Iterable[tuple[str, str]]) -> list[Flow]:
        """Return what sources mean; of many that are not valid, the last are not even read.

        Args:
            sources: Each with a name for messages: a file's name, or a number.
        """
        flows: list[Flow] = []
        wrong: list[tuple[str, Problem]] = []
        more: list[Problem] = []
        count = 0
        for name, source in sources:
            count += 1
            if len(wrong) > MOST_PROBLEMS:
                more.append(more_problems())
                break
            try:
                flows.append(self._flows.validate(source).flow)
            except InvalidFlowError as error:
                wrong += [(name, problem) for problem in error.problems]
        if wrong:
            told = [_named(problem, name, count) for name, problem in wrong]
            raise InvalidFlowError(told + more)
        return flows

    # Files

    async def archive(self, flows: Sequence[StoredFlow]) -> bytes:
        """Return a zip archive with the sources, as ``<namespace>.<id>.yml``."""
        files = [(f"{flow.namespace}.{flow.id}.yml", flow.source.encode()) for flow in flows]
        return await asyncio.to_thread(write_zip, files)

    async def import_file(self, path: Path, file_name: str) -> list[StoredFlow]:
        """Create or update the flows of an uploaded file: a zip archive, or YAML documents.

        Args:
            file_name: As the client names it; without an ending the content decides.

        Raises:
            IllegalArgumentError: Another kind of file, or an archive that is refused.
            InvalidFlowError: A flow is not valid; then nothing is stored.
        """
        flows = await asyncio.to_thread(lambda: self._parsed(read_sources(path, file_name)))
        return await self._flows.save_all(flows)


def _named(problem: Problem, name: str, count: int) -> Problem:
    return replace(problem, path=f"{name}: {problem.path}") if count > 1 else problem


def _exactly(namespace: str) -> Condition:
    return Condition("namespace", Operation.EQUALS, namespace)
