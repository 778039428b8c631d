"""Where flows and what belongs to them are imported from: a running server, a folder, an archive.

A server is asked by the REST API that Kestra of all versions and Tiercel have in common.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Protocol

from tiercel.cli.client import Api, RefusedError, flow_path, part
from tiercel.cli.reading import read_source
from tiercel.cli.sources import expand
from tiercel.model.errors import IllegalArgumentError
from tiercel.services.archives import is_zip, read_zip
from tiercel.services.source_files import split_documents

if TYPE_CHECKING:
    from tiercel.cli.options import Remote

FLOWS = "_flows"
_PAGE = 100
_SUFFIXES = (".yml", ".yaml")
_GONE = (404, 410)
_NO_ROUTE = (404, 405)
_TENANT = "main"
_NAMESPACE = re.compile(r"""^namespace:\s*["']?([a-z0-9][a-z0-9._-]*)""", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class FoundFlow:
    """A flow of a source.

    Attributes:
        name: What messages call it: a file, or the server's name of it.
        sources: Its revisions, oldest first; the last one counts.
        lines_before: How many lines stand before it in its file.
    """

    name: str
    sources: Sequence[str]
    lines_before: int = 0


@dataclass(frozen=True, slots=True)
class FoundTrigger:
    """The state of a trigger; ``next_date`` is a moment in ISO form, or empty."""

    namespace: str
    flow_id: str
    trigger_id: str
    disabled: bool
    next_date: str


class Source(Protocol):
    """What can be imported from."""

    def flows(self, *, revisions: bool) -> Iterator[FoundFlow]:
        """Yield the flows; with one revision each unless all are asked for."""

    def namespaces(self) -> Sequence[str]:
        """Return the namespaces that may have files and keys."""

    def files(self, namespace: str) -> Iterator[tuple[str, bytes]]:
        """Yield paths and contents of the files of a namespace."""

    def keys(self, namespace: str) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
        """Yield the entries of a namespace: what the list says of one, and its value and type."""

    def triggers(self) -> Iterator[FoundTrigger]:
        """Yield the states of triggers."""


class ServerSource:
    """A running server. A context manager.

    Args:
        wanted: Only this namespace and those below; empty for all.
    """

    def __init__(self, remote: Remote, wanted: str) -> None:
        self._wanted = wanted
        self._api = Api(remote, "--from")
        self._remote = remote
        self._seen: set[str] = set()

    def __enter__(self) -> ServerSource:
        """Find the form of its paths: without a tenant, or with the only one there is."""
        if self._remote.tenant:
            return self
        try:
            self._api.json("GET", "/flows/search", params={"page": 1, "size": 1})
        except RefusedError as error:
            if error.status not in _NO_ROUTE:
                raise
            self._api.http.close()
            self._api = Api(replace(self._remote, tenant=_TENANT), "--from")
        return self

    def __exit__(self, *_: object) -> None:
        self._api.http.close()

    def flows(self, *, revisions: bool) -> Iterator[FoundFlow]:
        """Yield the flows; deleted revisions are left out."""
        for item in self._pages("/flows/search"):
            namespace, flow_id = item["namespace"], item["id"]
            if not self._is_wanted(namespace):
                continue
            self._seen.add(namespace)
            path = flow_path(namespace, flow_id)
            if revisions:
                found = self._api.json("GET", f"{path}/revisions")
                sources = [one["source"] for one in found if not one.get("deleted")]
            else:
                sources = [self._api.json("GET", path, params={"source": "true"})["source"]]
            yield FoundFlow(f"{namespace}.{flow_id}", sources)

    def namespaces(self) -> Sequence[str]:
        """Return the namespaces of flows, their parents, and others that the server names."""
        listed = {item["id"] for item in self._pages("/namespaces/search")}
        found = {item for item in listed if self._is_wanted(item)} | self._seen
        return sorted(found)

    def files(self, namespace: str) -> Iterator[tuple[str, bytes]]:
        """Yield the files of a namespace; flows shown among them are not files."""
        base = f"/namespaces/{part(namespace)}/files"
        for path in sorted(self._there(f"{base}/search", q="") or ()):
            if PurePosixPath(path).parts[1:2] != (FLOWS,):
                yield path, self._api.call("GET", base, params={"path": path}).content

    def keys(self, namespace: str) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
        """Yield the entries of a namespace that have not expired."""
        base = f"/namespaces/{part(namespace)}/kv"
        for entry in sorted(self._there(base) or (), key=lambda item: str(item["key"])):
            value = self._there(f"{base}/{part(entry['key'])}")
            if value is not None:
                yield entry, value

    def triggers(self) -> Iterator[FoundTrigger]:
        """Yield the states of triggers; what a backfill did to a date is taken back."""
        for item in self._pages("/triggers/search"):
            state = item.get("triggerContext") or item
            if not self._is_wanted(state["namespace"]):
                continue
            backfill = state.get("backfill") or {}
            date = state.get("nextExecutionDate") or state.get("nextEvaluationDate") or ""
            yield FoundTrigger(
                state["namespace"],
                state["flowId"],
                state["triggerId"],
                bool(state.get("disabled")),
                backfill.get("previousNextExecutionDate") or date,
            )

    def _is_wanted(self, namespace: str) -> bool:
        wanted = self._wanted
        return not wanted or namespace == wanted or namespace.startswith(f"{wanted}.")

    def _pages(self, path: str) -> Iterator[Any]:
        """Yield what a search finds; how many a page holds is the server's to say."""
        page, seen = 1, 0
        while True:
            found = self._api.json("GET", path, params={"page": page, "size": _PAGE})
            yield from found["results"]
            seen += len(found["results"])
            if not found["results"] or seen >= found["total"]:
                return
            page += 1

    def _there(self, path: str, /, **parameters: str) -> Any:
        """Return what is there, None when nothing is any more."""
        try:
            return self._api.json("GET", path, params=parameters)
        except RefusedError as error:
            if error.status in _GONE:
                return None
            raise


class FileSource:
    """A folder of flow files, or an archive as an export gives it.

    Where there is a folder ``_flows``, as in the export of a namespace, flows are what it holds;
    all else are files of that namespace. Otherwise all YAML files are flows.

    Args:
        namespace: Of files that are no flows; by default that of all flows in ``_flows``, or told
            by the archive's name.

    Raises:
        IllegalArgumentError: Nothing is there, or it can't be read.
    """

    def __init__(self, path: Path, namespace: str) -> None:
        if path.is_dir():
            self._entries = {
                file.relative_to(path).as_posix(): file
                for file in sorted(path.rglob("*"))
                if file.is_file() and not file.is_symlink()
            }
            self._contents: dict[str, bytes] = {}
        elif path.is_file() and is_zip(path):
            self._contents = dict(read_zip(path))
            self._entries = {name: path / name for name in self._contents}
        elif path.is_file():
            self._entries, self._contents = {path.name: path}, {}
        else:
            raise IllegalArgumentError(
                f"{path} is no file or folder", hint="name a folder of flows, or an exported .zip"
            )
        self._is_export = any(name.startswith(f"{FLOWS}/") for name in self._entries)
        self._name = namespace or self._common_namespace() or path.stem.removesuffix("_files")

    def flows(self, *, revisions: bool) -> Iterator[FoundFlow]:
        """Yield the flows; there is one revision of each."""
        for name, file in self._entries.items():
            if not self._is_flow(name):
                continue
            text = self._text(name, file)
            documents = split_documents(text)
            if len(documents) == 1:
                yield FoundFlow(str(file), [text])
                continue
            end = 0
            for document in documents:
                source = document.strip()
                start = text.index(source, end)
                end = start + len(source)
                yield FoundFlow(str(file), [source], text.count("\n", 0, start))

    def namespaces(self) -> Sequence[str]:
        """Return the namespace whose export this is, if it is one."""
        return [self._name] if self._is_export else []

    def files(self, namespace: str) -> Iterator[tuple[str, bytes]]:
        """Yield what is no flow in the export of a namespace."""
        for name, file in self._entries.items():
            if not name.startswith(f"{FLOWS}/"):
                content = self._contents.get(name)
                yield f"/{name}", file.read_bytes() if content is None else content

    def keys(self, namespace: str) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
        """Yield nothing: files hold no keys."""
        return iter(())

    def triggers(self) -> Iterator[FoundTrigger]:
        """Yield nothing: files hold no states."""
        return iter(())

    def _common_namespace(self) -> str | None:
        """Return the namespace of all flows of an export, if they have one in common."""
        if not self._is_export:
            return None
        found = {
            name
            for flow in self.flows(revisions=False)
            for name in _NAMESPACE.findall(flow.sources[-1])
        }
        return found.pop() if len(found) == 1 else None

    def _is_flow(self, name: str) -> bool:
        inside = name.startswith(f"{FLOWS}/") or not self._is_export
        return inside and name.endswith(_SUFFIXES)

    def _text(self, name: str, file: Path) -> str:
        content = self._contents.get(name)
        if content is None:
            return expand(read_source(file), file.parent)
        try:
            return content.decode()
        except UnicodeDecodeError as error:
            raise IllegalArgumentError(
                f"{name} in the archive can't be read: it is not UTF-8 text"
            ) from error
