"""Outputs too big for the database: they are files in internal storage, read when asked for."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import ItemsView, Iterable, Iterator, KeysView, Mapping, Sequence, ValuesView
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace

from tiercel.expressions import ExpressionError
from tiercel.model.errors import StorageError, TiercelError
from tiercel.model.news import AttemptEnded, ChildReported, News
from tiercel.storage.paths import file_in, task_run_folder

if TYPE_CHECKING:
    from tiercel.model.execution import TaskRun
    from tiercel.plugin.context import TaskInfo
    from tiercel.storage import Storage

KEPT_BYTES = 64 * 1024
"""Outputs up to this size are kept with their task run."""

MOST_BYTES = 50 * 1024 * 1024
"""Outputs over this size are refused."""

TYPE = "io.tiercel.datatype:stored_outputs"
_REMEMBERED_BYTES = 32 * 1024 * 1024


class OutputsTooBigError(TiercelError):
    """The outputs of one task run are bigger than anybody should read."""

    code, http_status = "outputs_too_big", 422


class StoredOutputs(dict[str, Any]):
    """Outputs in a file. For Python it is their map, for whoever writes JSON the reference.

    The encoders of the store and of jobs take the entries of the map itself: type, URI and size.
    """

    def __init__(self, reference: Mapping[str, Any], store: OutputsStore) -> None:
        super().__init__(reference)
        self.uri: str = reference["uri"]
        self._store = store

    def load(self) -> dict[str, Any]:
        """Return the outputs. Raises ExpressionError when the file is gone."""
        return self._store.load(self.uri)

    def __getitem__(self, key: str) -> Any:
        return self.load()[key]

    def get(self, key: str, default: Any = None) -> Any:
        """Return one output."""
        return self.load().get(key, default)

    def __contains__(self, key: object) -> bool:
        return key in self.load()

    def __iter__(self) -> Iterator[str]:
        return iter(self.load())

    def __len__(self) -> int:
        return len(self.load())

    def __bool__(self) -> bool:
        return True

    def keys(self) -> KeysView[str]:  # type: ignore[override]
        """Return the names of the outputs."""
        return self.load().keys()

    def values(self) -> ValuesView[Any]:  # type: ignore[override]
        """Return the outputs."""
        return self.load().values()

    def items(self) -> ItemsView[str, Any]:  # type: ignore[override]
        """Return the outputs with their names."""
        return self.load().items()


class OutputsStore:
    """Stores big outputs and finds them again; those read last are remembered."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._known: OrderedDict[str, tuple[int, dict[str, Any]]] = OrderedDict()
        self._size = 0

    async def fitted(
        self, outputs: dict[str, Any], info: TaskInfo, attempt_id: str
    ) -> dict[str, Any]:
        """Return outputs as they are, or a reference to the file they are in.

        Raises:
            OutputsTooBigError: They are over the limit.
            StorageError: The file can't be written.
        """
        if not outputs:
            return outputs
        content = msgspec.json.encode(outputs)
        if len(content) <= KEPT_BYTES:
            return outputs
        if len(content) > MOST_BYTES:
            raise OutputsTooBigError(
                f"The outputs are too big: {len(content) >> 20} MB, at most {MOST_BYTES >> 20} MB "
                "are kept",
                hint="write them to a file and give its URI",
            )
        uri = await self._storage.put(_file_of(info, f"outputs-{attempt_id}.json"), content)
        return {"type": TYPE, "uri": uri, "size": len(content)}

    async def keep_log(self, lines: Iterable[str], info: TaskInfo, attempt_id: str) -> str:
        """Store the log of an attempt beside its outputs; return its URI.

        Raises:
            StorageError: The file can't be written.
        """
        uri = _file_of(info, f"log-{attempt_id}.txt")
        return await self._storage.put(uri, "".join(lines).encode())

    def load(self, uri: str) -> dict[str, Any]:
        """Return stored outputs. Blocks.

        Raises:
            ExpressionError: The file is gone.
        """
        known = self._known.get(uri)
        if known is not None:
            self._known.move_to_end(uri)
            return known[1]
        try:
            content = self._storage.blocking.read(uri, limit_bytes=MOST_BYTES)
        except StorageError as error:
            raise ExpressionError("value", f"Outputs can't be read: {error.message}") from error
        outputs: dict[str, Any] = msgspec.json.decode(content)
        self._known[uri] = (len(content), outputs)
        self._size += len(content)
        while self._size > _REMEMBERED_BYTES and len(self._known) > 1:
            self._size -= self._known.popitem(last=False)[1][0]
        return outputs

    def opened(self, outputs: dict[str, Any] | None) -> dict[str, Any] | None:
        """Return outputs as templates see them: references are read when something asks."""
        if outputs is None or isinstance(outputs, StoredOutputs) or not _is_reference(outputs):
            return outputs
        return StoredOutputs(outputs, self)

    def opened_tree(self, tree: Any) -> Any:
        """Do the same for the ``outputs`` variable of a job, at any depth of loops."""
        if not isinstance(tree, dict) or isinstance(tree, StoredOutputs):
            return tree
        if _is_reference(tree):
            return StoredOutputs(tree, self)
        opened = {key: self.opened_tree(value) for key, value in tree.items()}
        return opened if any(opened[key] is not tree[key] for key in tree) else tree

    def opened_run(self, task_run: TaskRun) -> TaskRun:
        """Return a task run with its outputs as templates see them."""
        outputs = self.opened(task_run.outputs)
        return task_run if outputs is task_run.outputs else replace(task_run, outputs=outputs)

    def read_runs(self, task_runs: Sequence[TaskRun]) -> list[TaskRun]:
        """Return task runs with outputs that are no references any more. Blocks for files."""
        return [
            replace(run, outputs=self._read(run.outputs)) if _is_reference(run.outputs) else run
            for run in task_runs
        ]

    def _read(self, reference: Any) -> dict[str, Any]:
        try:
            return self.load(reference["uri"])
        except ExpressionError:
            # the file was purged: the reference is all there is
            return dict(reference)

    def opened_news(self, news: News) -> News:
        """Return news with outputs as templates see them."""
        if not isinstance(news, AttemptEnded | ChildReported):
            return news
        if isinstance(news, AttemptEnded) and news.children:
            children = tuple(self._opened_child(child) for child in news.children)
            news = replace(news, children=children)
        outputs = self.opened(news.outputs)
        return news if outputs is news.outputs else replace(news, outputs=outputs)

    def _opened_child(self, child: ChildReported) -> ChildReported:
        return replace(child, outputs=self.opened(child.outputs))


def _file_of(info: TaskInfo, name: str) -> str:
    folder = task_run_folder(
        info.namespace, info.flow_id, info.execution_id, info.task_id, info.task_run_id
    )
    return file_in(folder, name)


def _is_reference(outputs: Any) -> bool:
    return isinstance(outputs, dict) and dict.get(outputs, "type") == TYPE


def has_references(task_runs: Sequence[TaskRun]) -> bool:
    """Whether the outputs of any task run are in a file."""
    return any(_is_reference(run.outputs) for run in task_runs)
