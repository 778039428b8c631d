"""``tiercel import``: what a source holds is checked by a server and stored there.

What is there already is compared first: equal things are left alone, others are kept unless they
may be overwritten. So a second import changes nothing, and one that was cut short can be repeated.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tiercel.cli.client import Api, RefusedError, flow_path, part
from tiercel.cli.console import complain, write
from tiercel.cli.import_sources import FileSource, FoundFlow, FoundTrigger, ServerSource, Source
from tiercel.cli.progress import working
from tiercel.model.durations import parse_duration
from tiercel.model.problems import Problem

if TYPE_CHECKING:
    import httpx

    from tiercel.cli.options import Remote

_FlowKey = tuple[str, str]
"""Namespace and id."""

_KINDS = ("flows", "files", "keys", "triggers")
_PLAIN = ("DATETIME", "DATE", "DURATION")
"""Types of keys whose values are written without quotes."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be imported, and how; see the options of the command."""

    namespace: str = ""
    revisions: bool = False
    triggers_off: bool = False
    overwrite: bool = False
    dry_run: bool = False


@dataclass(slots=True)
class Report:
    """What became of things: how many of a kind were new, changed, unchanged, kept, refused."""

    counts: dict[str, Counter[str]] = field(
        default_factory=lambda: {kind: Counter() for kind in _KINDS}
    )

    def count(self, kind: str, what: str) -> None:
        """Count one thing."""
        self.counts[kind][what] += 1

    def refuse(self, kind: str, lines: Sequence[str]) -> None:
        """Count one thing as refused and say why, at once."""
        self.count(kind, "refused")
        for line in lines:
            complain(line)

    @property
    def refused(self) -> int:
        """How many things were refused."""
        return sum(counts["refused"] for counts in self.counts.values())

    def show(self, *, dry_run: bool) -> None:
        """Print a line for each kind."""
        order = ("new", "changed", "unchanged", "kept", "refused")
        for kind, counts in self.counts.items():
            told = ", ".join(f"{counts[what]} {what}" for what in order if counts[what])
            write(f"{kind:<9} {told or 'none'}")
        if any(counts["kept"] for counts in self.counts.values()):
            write("kept: it differs from what is here; --overwrite replaces it")
        if dry_run:
            write("nothing was written: --dry-run")


def run_import(remote: Remote, path: Path | None, there: Remote | None, wanted: Wanted) -> int:
    """Import; print what was refused, then the numbers; return 1 if anything was refused.

    Raises:
        click.UsageError: Neither a path nor a server was given, or both.
    """
    if (path is None) is (there is None):
        raise click.UsageError("give PATH or --from, one of them")
    with Api(remote) as api, _opened(path, there, wanted.namespace) as source:
        found = _Import(api, source, wanted)
        with working("importing"):
            found.run()
    found.report.show(dry_run=wanted.dry_run)
    return 1 if found.report.refused else 0


def _opened(
    path: Path | None, there: Remote | None, namespace: str
) -> AbstractContextManager[Source]:
    if there is not None:
        return ServerSource(there, namespace)
    return nullcontext(FileSource(path or Path(), namespace))


class _Import:
    """One import into one server."""

    def __init__(self, api: Api, source: Source, wanted: Wanted) -> None:
        self._api = api
        self._source = source
        self._wanted = wanted
        self._states: dict[_FlowKey, dict[str, FoundTrigger]] = {}
        self.report = Report()

    def run(self) -> None:
        """Import everything."""
        for state in self._source.triggers():
            states = self._states.setdefault((state.namespace, state.flow_id), {})
            states[state.trigger_id] = state
        for flow in self._source.flows(revisions=self._wanted.revisions):
            self._flow(flow)
        for namespace in self._source.namespaces():
            self._try("files", namespace, partial(self._files, namespace))
            self._try("keys", namespace, partial(self._keys, namespace))

    def _try(self, kind: str, name: str, work: Callable[[], None]) -> None:
        """Do something; a refusal of either server is told and ends that part alone."""
        try:
            work()
        except RefusedError as error:
            self.report.refuse(kind, [f"{name}: {error.message}", *_hint(error)])

    # Flows

    def _flow(self, flow: FoundFlow) -> None:
        checked = self._api.sources("POST", "/flows/validate", flow.sources[-1])
        lines = [line for item in checked for line in _problems(item, flow)]
        if lines or not checked:
            self.report.refuse("flows", lines or [f"{flow.name}: there is no flow in it"])
            return
        key = checked[0]["namespace"], checked[0]["flow"]
        try:
            self._save(key, flow.sources)
        except RefusedError as error:
            told = [_rendered(item, flow) for item in error.details]
            self.report.refuse("flows", told or [f"{flow.name}: {error.message}", *_hint(error)])

    def _save(self, key: _FlowKey, sources: Sequence[str]) -> None:
        path = flow_path(*key)
        found = self._api.json("GET", f"{path}/revisions")
        here = [item["source"].rstrip() for item in found if not item.get("deleted")]
        is_here = bool(found) and not found[-1].get("deleted")
        name = ".".join(key)
        if is_here and here[-1] == sources[-1].rstrip():
            self.report.count("flows", "unchanged")
            self._try("triggers", name, partial(self._known_triggers, *key))
            return
        to_write = _following(here, sources) if is_here else sources[-1:] if here else sources
        if not to_write and not self._wanted.overwrite:
            self.report.count("flows", "kept")
            return
        what = "changed" if is_here else "new"
        self.report.count("flows", what)
        if self._wanted.dry_run:
            self.report.counts["triggers"][what] += len(self._states.get(key, ()))
            return
        for source in to_write[:-1]:
            is_here = self._write_old(path, source, is_here=is_here)
        self._write(path, sources[-1], is_here=is_here)
        self._try("triggers", name, partial(self._saved_triggers, *key, what))

    def _write_old(self, path: str, source: str, *, is_here: bool) -> bool:
        """Save a revision of the past, unless it is not valid here; tell if there is a flow."""
        try:
            self._write(path, source, is_here=is_here)
        except RefusedError as error:
            if error.status != 422:
                raise
            return is_here
        return True

    def _write(self, path: str, source: str, *, is_here: bool) -> None:
        if is_here:
            self._api.sources("PUT", path, source)
        else:
            self._api.sources("POST", "/flows", source)

    def _there(self, path: str, /, **parameters: str) -> httpx.Response | None:
        """Return what the server has, None when it has not."""
        try:
            return self._api.call("GET", path, params=parameters)
        except RefusedError as error:
            if error.status in (404, 410):
                return None
            raise

    # Files and keys

    def _files(self, namespace: str) -> None:
        base = f"/namespaces/{part(namespace)}/files"
        for path, content in self._source.files(namespace):
            found = self._there(base, path=path)
            if self._is_to_be_written("files", None if found is None else found.content, content):
                # a name that makes servers unpack the file is not told
                sent = {"fileContent": ("content", content, "application/octet-stream")}
                self._api.call("POST", base, params={"path": path}, files=sent)

    def _keys(self, namespace: str) -> None:
        base = f"/namespaces/{part(namespace)}/kv"
        for entry, value in self._source.keys(namespace):
            path = f"{base}/{part(entry['key'])}"
            reply = self._there(path)
            found = None if reply is None else _typed(reply.json())
            headers = {"content-type": "text/plain", **_lifetime(entry)}
            if self._is_to_be_written("keys", found, _typed(value)):
                body = _written(value).encode()
                self._api.call("PUT", path, content=body, headers=headers)

    def _is_to_be_written(self, kind: str, here: object, there: object) -> bool:
        """Count a thing by what is here and in the source; whether it has to be stored."""
        if here == there:
            self.report.count(kind, "unchanged")
            return False
        if here is not None and not self._wanted.overwrite:
            self.report.count(kind, "kept")
            return False
        self.report.count(kind, "new" if here is None else "changed")
        return not self._wanted.dry_run

    # Triggers

    def _saved_triggers(self, namespace: str, flow_id: str, what: str) -> None:
        """Give the triggers of a flow that was saved the states that they have in the source.

        Args:
            what: How those are counted whose state had to be set.
        """
        for here, state in self._trigger_pairs(namespace, flow_id):
            disabled = self._is_off(state)
            date = state.next_date if state is not None and not disabled else ""
            moves = bool(date) and _moment(here.get("nextExecutionDate")) != _moment(date)
            switches = bool(here.get("disabled")) is not disabled
            if switches:
                self._switch(here, disabled=disabled)
            if moves:
                path = _triggers_path(namespace, flow_id)
                place = f"{path}/{part(here['triggerId'])}/next-date"
                self._api.json("PUT", place, json={"nextExecutionDate": date})
            self.report.count("triggers", what if switches or moves else "unchanged")

    def _known_triggers(self, namespace: str, flow_id: str) -> None:
        """Compare the switches of triggers whose flow is here as it is in the source.

        Their dates are left alone: they moved on here as they did there.
        """
        if not self._wanted.triggers_off and (namespace, flow_id) not in self._states:
            return
        for here, state in self._trigger_pairs(namespace, flow_id):
            if state is None and not self._wanted.triggers_off:
                continue
            disabled, is_off = self._is_off(state), bool(here.get("disabled"))
            if self._is_to_be_written("triggers", is_off, disabled):
                self._switch(here, disabled=disabled)

    def _trigger_pairs(
        self, namespace: str, flow_id: str
    ) -> list[tuple[Mapping[str, Any], FoundTrigger | None]]:
        """Return the triggers of a flow, each as it is here and as it is in the source."""
        path, page = _triggers_path(namespace, flow_id), {"page": 1, "size": 1000}
        states = self._states.get((namespace, flow_id), {})
        found = self._api.json("GET", path, params=page)["results"]
        return [(here, states.get(here["triggerId"])) for here in found]

    def _is_off(self, state: FoundTrigger | None) -> bool:
        return self._wanted.triggers_off or (state is not None and state.disabled)

    def _switch(self, here: Mapping[str, Any], *, disabled: bool) -> None:
        key = {name: here[name] for name in ("namespace", "flowId", "triggerId")}
        self._api.json("PUT", "/triggers", json={**key, "disabled": disabled})


def _triggers_path(namespace: str, flow_id: str) -> str:
    return f"/triggers/{part(namespace)}/{part(flow_id)}"


def _following(here: Sequence[str], sources: Sequence[str]) -> Sequence[str]:
    """Return the revisions that follow those that are here; none where others are here too."""
    texts = [source.rstrip() for source in sources]
    end = 0
    for text in here:
        if text not in texts[end:]:
            return []
        end = texts.index(text, end) + 1
    return sources[end:]


def _problems(checked: Mapping[str, Any], flow: FoundFlow) -> list[str]:
    """Return a line for everything that is wrong with a flow."""
    if "problems" in checked:
        return [_rendered(item, flow) for item in checked["problems"]]
    return [f"{flow.name}: {line}" for line in str(checked.get("constraints") or "").splitlines()]


def _rendered(item: Mapping[str, Any], flow: FoundFlow) -> str:
    """Return a problem as the server tells it: file, line, column, path, words, remedy."""
    path, line = item.get("path") or "", item.get("line") or 0
    return Problem(
        str(item.get("message")),
        "" if path == "yaml" else path,
        line + flow.lines_before if line else 0,
        item.get("column") or 0,
        item.get("hint") or "",
    ).render(flow.name)


def _hint(error: RefusedError) -> list[str]:
    return [f"  {error.hint}"] if error.hint else []


def _typed(value: Mapping[str, Any]) -> tuple[str, Any]:
    """Return type and value of a key; equal ones are equal however they are written."""
    kind, content = str(value.get("type")), value.get("value")
    if kind == "DATETIME":
        return kind, _moment(content)
    if kind == "DURATION":
        return kind, parse_duration(_written(value))
    return kind, content


def _written(value: Mapping[str, Any]) -> str:
    """Return a value as the server reads it: dates and durations stand without quotes."""
    kind, content = value.get("type"), value.get("value")
    if kind == "DURATION" and isinstance(content, int | float):
        return f"PT{content}S"
    if kind in _PLAIN and content is not None:
        return str(content)
    return json.dumps(content, ensure_ascii=False)


def _lifetime(entry: Mapping[str, Any]) -> dict[str, str]:
    """Return the header that says for how long an entry is kept; none when for ever."""
    end = _moment(entry.get("expirationDate"))
    if end is None:
        return {}
    return {"ttl": f"PT{max((end - datetime.now(UTC)).total_seconds(), 1):.3f}S"}


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
