"""Flow files and stored flows, kept the same: for development on one machine.

A file that is changed is stored; a flow that is changed otherwise is written to its file. When both
changed, the file is left as it is. That a file has changed is found by looking at all of them:
what the operating system tells of changes only says when to look.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from tiercel.model.errors import NotFoundError, ServerUnavailableError, TiercelError
from tiercel.model.problems import InvalidFlowError
from tiercel.model.yaml import parse_yaml
from tiercel.services.flow_folders import delete_source, read_source, write_source

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from pathlib import Path

    from tiercel.model.flow import Flow
    from tiercel.services.flow_folders import FlowFolders, Place, Stamp
    from tiercel.services.flow_sets import FlowSets
    from tiercel.services.flows import Flows
    from tiercel.store import StoredFlow

FlowName = tuple[str, str]
"""Namespace and id."""

_LOOK_EVERY = timedelta(seconds=5)
_AGAIN_SECONDS = 1.0

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _File:
    """What is known of a flow file.

    Attributes:
        name: The flow that it holds.
        text: What file and store last had in common; None as long as there is nothing.
    """

    name: FlowName
    text: str | None


class FlowWatch:
    """Keeps the files of some folders and the stored flows the same, until stopped.

    Args:
        tell: Told a line for people of each thing that was done.
        look_every: How long a change goes unnoticed at most where the operating system tells none.
    """

    def __init__(
        self,
        folders: FlowFolders,
        flows: Flows,
        flow_sets: FlowSets,
        tell: Callable[[str], None],
        *,
        look_every: timedelta = _LOOK_EVERY,
    ) -> None:
        self._folders = folders
        self._flows = flows
        self._flow_sets = flow_sets
        self._tell = tell
        self._look_every = look_every
        self._stamps: Mapping[Path, Stamp] = {}
        self._places: dict[Path, Place] = {}
        self._files: dict[Path, _File] = {}
        self._changed: set[FlowName] = set()
        self._news = asyncio.Event()
        self._stopping = asyncio.Event()
        self._at_work = asyncio.Lock()

    async def start(self) -> None:
        """Store what is in the folders, then write what is stored and has no file."""
        self._flows.tell(self._note)
        await self.look()
        named = {file.name for file in self._files.values()}
        for flow in await self._flow_sets.matching([]):
            if (flow.namespace, flow.id) not in named:
                await self._note(flow.namespace, flow.id)
        await self.write()

    async def run(self) -> None:
        """Follow both sides until :meth:`stop`."""
        writing = asyncio.create_task(self._follow_store(), name="flow files")
        try:
            await self._follow_files()
            await writing
        finally:
            writing.cancel()

    async def stop(self) -> None:
        """End :meth:`run`."""
        self._stopping.set()
        self._news.set()

    async def _note(self, namespace: str, flow_id: str) -> None:
        self._changed.add((namespace, flow_id))
        self._news.set()

    # From files to the store

    async def _follow_files(self) -> None:
        while not self._stopping.is_set():
            places = self._folders.places()
            if None in places.values():
                logger.error("a watched folder is gone: its flows stay as they are stored")
                await self._stopped_within(self._look_every.total_seconds())
                continue
            try:
                await self._follow_places(places)
            except OSError as error:
                logger.warning("changes of files are looked for now and then only: %s", error)
                await self.look()
                await self._stopped_within(self._look_every.total_seconds())

    async def _follow_places(self, places: Mapping[Path, Place | None]) -> None:
        """Look whenever something changes, until stopped or until a folder is another one."""
        from watchfiles import awatch

        changes = awatch(
            *self._folders.roots,
            watch_filter=lambda _, path: self._folders.concerns(path),
            stop_event=self._stopping,
            rust_timeout=round(self._look_every / timedelta(milliseconds=1)),
            yield_on_timeout=True,
        )
        async with aclosing(changes):
            async for _ in changes:
                await self.look()
                if self._folders.places() != places:
                    return

    async def look(self) -> None:
        """Store what has changed in the folders since the last time."""
        async with self._at_work:
            try:
                places = self._folders.places()
                now = await asyncio.to_thread(self._folders.look)
            except OSError as error:
                logger.error("the flow files stay as they are stored: %s", error)
                return
            before = self._stamps
            changed = [path for path, stamp in now.items() if before.get(path) != stamp]
            gone = [path for path in before if path not in now]
            if not changed and not gone:
                return
            texts = await asyncio.to_thread(lambda: {path: read_source(path) for path in changed})
            away = {path for path in gone if places[self._folders.root_of(path)] is None}
            try:
                for path, text in texts.items():
                    if text is not None and text.strip():
                        await self._take(path, text, now)
                for path in gone:
                    if path not in away:
                        await self._let_go(path, places)
            except ServerUnavailableError as error:
                logger.warning("flow files are looked at again later: %s", error.message)
                return
            self._stamps = {**now, **{path: before[path] for path in away}}
            self._places |= {root: place for root, place in places.items() if place is not None}

    async def _take(self, path: Path, text: str, there: Collection[Path]) -> None:
        """Store what a file holds.

        Args:
            there: The files that there are.
        """
        known = self._files.get(path)
        if known is not None and known.text == text:
            return
        flow = self._read(path, text)
        if flow is None:
            return
        name = (flow.namespace, flow.id)
        others = {
            file.name for other, file in self._files.items() if other != path and other in there
        }
        if name in others:
            logger.warning(
                "%s: another file holds %s too: what changes last counts", path, _of(name)
            )
        was = known.name if known is not None and known.text is not None else name
        left = [was] if was != name and was not in others else []
        try:
            before = await self._find(name)
            [stored] = await self._flows.save_all([flow], left)
        except ServerUnavailableError:
            raise
        except TiercelError as error:
            logger.error("%s: %s", path, error.message)
            return
        self._files[path] = _File(name, text)
        shown = self._folders.shown(path)
        if before is None or before.revision != stored.revision:
            self._tell(f"{shown}: flow {_of(name)} is stored as revision {stored.revision}")
        for gone in left:
            self._tell(f"{shown}: flow {_of(gone)} is deleted: the file holds another one")

    def _read(self, path: Path, text: str) -> Flow | None:
        """Return the flow that a file holds; None when it is not valid, which is logged."""
        try:
            return self._flows.validate(text).flow
        except InvalidFlowError as error:
            for problem in error.problems:
                logger.error("%s", problem.render(str(path)))
        name = _named(text)
        if name is not None:
            self._files.setdefault(path, _File(name, None))
        return None

    async def _let_go(self, path: Path, places: Mapping[Path, Place | None]) -> None:
        """Delete the flow of a file that is gone, unless another file holds it.

        What is not in a folder that took the place of another one was not deleted: such a folder
        is a mount that went away, or came.
        """
        known, root = self._files.get(path), self._folders.root_of(path)
        if places[root] != self._places.get(root):
            logger.warning("%s is not in the folder that is there now: its flow stays", path)
        elif known is not None and known.text is not None and self._paths_of(known.name) == [path]:
            try:
                await self._flows.delete(*known.name)
            except NotFoundError:
                pass  # by its name, before
            else:
                shown = self._folders.shown(path)
                self._tell(f"{shown}: flow {_of(known.name)} is deleted: its file is gone")
        self._files.pop(path, None)

    # From the store to files

    async def _follow_store(self) -> None:
        while not self._stopping.is_set():
            await self._news.wait()
            self._news.clear()
            try:
                await self.write()
            except ServerUnavailableError as error:
                logger.warning("flow files are written later: %s", error.message)
                await self._stopped_within(_AGAIN_SECONDS)
                self._news.set()

    async def write(self) -> None:
        """Write what has changed in the store to its files."""
        async with self._at_work:
            while self._changed:
                name = self._changed.pop()
                try:
                    await self._write(name, await self._find(name))
                except ServerUnavailableError:
                    self._changed.add(name)
                    raise
                except OSError as error:
                    logger.error("the file of %s can't be written: %s", _of(name), error)

    async def _write(self, name: FlowName, stored: StoredFlow | None) -> None:
        paths = self._paths_of(name)
        if stored is not None and not paths:
            paths = [self._folders.new_path(*name)]
        for path in paths:
            before = self._files[path].text if path in self._files else None
            if stored is None:
                await self._delete(path, name, before)
            elif before != stored.source:
                await self._put(path, stored, before)

    async def _delete(self, path: Path, name: FlowName, before: str | None) -> None:
        if before is None or not await asyncio.to_thread(delete_source, path, before):
            self._leave(path, name)
            return
        self._files.pop(path)
        self._tell(f"{self._folders.shown(path)}: deleted with flow {_of(name)}")

    async def _put(self, path: Path, stored: StoredFlow, before: str | None) -> None:
        name = (stored.namespace, stored.id)
        if not await asyncio.to_thread(write_source, path, stored.source, before):
            self._leave(path, name)
            return
        self._files[path] = _File(name, stored.source)
        shown = self._folders.shown(path)
        self._tell(f"{shown}: written, flow {_of(name)} is at revision {stored.revision}")

    def _leave(self, path: Path, name: FlowName) -> None:
        logger.warning(
            "%s is left as it is: it was changed, and so was the stored flow %s", path, _of(name)
        )

    # Both

    def _paths_of(self, name: FlowName) -> list[Path]:
        return [path for path, file in self._files.items() if file.name == name]

    async def _find(self, name: FlowName) -> StoredFlow | None:
        try:
            return await self._flows.get(*name)
        except NotFoundError:
            return None

    async def _stopped_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return False
        return True


def _of(name: FlowName) -> str:
    return ".".join(name)


def _named(text: str) -> FlowName | None:
    """Return the flow that a source names that is not valid; None when it names none."""
    root = parse_yaml(text).root
    found = root.plain() if root is not None else None
    if not isinstance(found, dict):
        return None
    namespace, flow_id = found.get("namespace"), found.get("id")
    is_named = isinstance(namespace, str) and isinstance(flow_id, str)
    return (str(namespace), str(flow_id)) if is_named else None
