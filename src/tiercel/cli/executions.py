"""``tiercel executions``: what a server's executions are and what is done with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.markup import escape

from tiercel.cli.client import Api, flow_path, part
from tiercel.cli.console import out, write
from tiercel.cli.logs import follow_to_end, why
from tiercel.cli.reading import split_pairs
from tiercel.cli.tables import moment, show_data, show_list, show_table
from tiercel.cli.view import human_duration, state_style
from tiercel.model.durations import parse_duration
from tiercel.model.errors import IllegalArgumentError

if TYPE_CHECKING:
    from tiercel.cli.options import Remote

_OVER = {"SUCCESS", "WARNING", "FAILED", "KILLED", "CANCELLED", "RETRIED", "SKIPPED"}
_METHODS = {"kill": "DELETE"}


@dataclass(frozen=True, slots=True)
class Search:
    """Which executions are meant; labels are ``key=value``."""

    namespace: str
    flow: str
    states: Sequence[str]
    labels: Sequence[str]

    def parameters(self) -> dict[str, Any]:
        """Return it as the API takes it.

        Raises:
            IllegalArgumentError: A label is no pair.
        """
        labels = [f"{key}:{value}" for key, value in split_pairs(self.labels, "--label").items()]
        given: dict[str, Any] = {
            "namespace": self.namespace,
            "q": "",
            "state": list(self.states),
            "labels": labels,
        }
        if self.flow:
            given["filters[flowId][EQUALS]"] = self.flow
        return {name: value for name, value in given.items() if value}


def _length(state: Mapping[str, Any]) -> str:
    return human_duration(parse_duration(state["duration"])) if state.get("duration") else ""


_COLUMNS = (
    ("execution", "id"),
    ("namespace", "namespace"),
    ("flow", "flowId"),
    ("revision", "flowRevision"),
    ("state", "state.current"),
    ("started", lambda item: moment(item["state"].get("startDate"))),
    ("duration", lambda item: _length(item["state"])),
)


def show_all(
    remote: Remote, search: Search, limit: int, output: str, *, reasons: bool = False
) -> int:
    """List executions, the latest first.

    Args:
        reasons: Ask for each one that is not over what it waits for.
    """
    parameters = {"sort": "state.startDate:desc", **search.parameters()}
    with Api(remote) as api:
        found = list(api.pages("/executions/search", limit, **parameters))
        if reasons:
            for item in found:
                if item["state"]["current"] not in _OVER:
                    item["why"] = why(api, item["id"])
    columns = (*_COLUMNS, ("waits for", "why")) if reasons else _COLUMNS
    show_list(found, columns, output, nothing="no execution found")
    return 0


def show_one(remote: Remote, execution_id: str, output: str) -> int:
    """Show one execution with its task runs, and what it waits for."""
    with Api(remote) as api:
        found = api.json("GET", f"/executions/{part(execution_id)}")
        is_over = found["state"]["current"] in _OVER
        reason = "" if is_over else why(api, execution_id)
    if output != "table":
        show_data({**found, "why": reason} if reason else found, output)
        return 0
    state = found["state"]["current"]
    out.print(
        f"[bold]{escape(found['namespace'])}.{escape(found['flowId'])}[/]"
        f" revision {found['flowRevision']}"
        f"  [{state_style(state) or 'bold'}]{state}[/]  {_length(found['state'])}"
    )
    _show_fact("execution", found["id"])
    _show_fact("started", moment(found["state"].get("startDate")))
    _show_fact("why it waits", reason)
    for name in ("inputs", "outputs", "variables"):
        for key, value in (found.get(name) or {}).items():
            _show_fact(f"{name[:-1]} {key}", value)
    labels = [f"{item['key']}={item['value']}" for item in found.get("labels") or ()]
    _show_fact("labels", ", ".join(labels))
    _show_task_runs(found.get("taskRunList") or ())
    return 0


def _show_fact(name: str, value: Any) -> None:
    if value not in (None, ""):
        out.print(f"  [dim]{escape(name)}[/] {escape(str(value)[:300])}")


def _show_task_runs(task_runs: Sequence[Mapping[str, Any]]) -> None:
    if not task_runs:
        return
    depths: dict[str, int] = {}
    rows = []
    for item in task_runs:
        parent = item.get("parentTaskRunId")
        depths[item["id"]] = depths.get(parent, -1) + 1 if parent else 0
        value = f" [{item['value']}]" if item.get("value") else ""
        rows.append(
            [
                f"{'  ' * depths[item['id']]}{item['taskId']}{value}",
                item["state"]["current"],
                _length(item["state"]),
                str(len(item.get("attempts") or ())),
                item["id"],
            ]
        )
    out.print()
    show_table(["task", "state", "duration", "attempts", "task run"], rows)


def start(
    remote: Remote,
    namespace: str,
    flow_id: str,
    inputs: Sequence[str],
    labels: Sequence[str],
    revision: int,
    *,
    follow: str,
) -> int:
    """Start a flow and print the id of the execution.

    Args:
        follow: Least level of the log entries to show until it is over; empty shows none.
    """
    pairs = split_pairs(labels, "--label")
    parameters: dict[str, Any] = {"labels": [f"{key}:{value}" for key, value in pairs.items()]}
    if revision:
        parameters["revision"] = revision
    path = flow_path(namespace, flow_id).replace("/flows/", "/executions/", 1)
    with Api(remote) as api:
        made = _with_inputs(api, "POST", path, inputs, parameters)
        write(made["id"])
        return follow_to_end(api, made["id"], follow) if follow else 0


def _with_inputs(
    api: Api, method: str, path: str, inputs: Sequence[str], parameters: Mapping[str, Any]
) -> Any:
    """Send inputs as a form: ``name=@path`` sends a file."""
    given = split_pairs(inputs, "--input")
    with ExitStack() as stack:
        parts: list[tuple[str, Any]] = []
        for name, value in given.items():
            if not value.startswith("@"):
                parts.append((name, (None, value.encode())))
                continue
            try:
                file = stack.enter_context(Path(value[1:]).expanduser().open("rb"))
            except OSError as error:
                raise IllegalArgumentError(
                    f"--input {name}: {value[1:]} can't be read: {error.strerror}"
                ) from error
            parts.append((name, (Path(value[1:]).name, file)))
        return api.json(method, path, params=parameters, files=parts or None)


def act(remote: Remote, action: str, execution_ids: Sequence[str], inputs: Sequence[str]) -> int:
    """Do one thing to one execution, or to several: to all of them or to none.

    Raises:
        click.UsageError: Inputs for several.
    """
    method = _METHODS.get(action, "POST")
    if inputs and len(execution_ids) > 1:
        raise click.UsageError("inputs go to one execution at a time")
    with Api(remote) as api:
        if len(execution_ids) == 1:
            path = f"/executions/{part(execution_ids[0])}/actions/{action}"
            if action == "resume":
                found = _with_inputs(api, method, path, inputs, {})
            else:
                found = api.json(method, path)
            write(f"{found['id']} {found['state']['current']}")
        else:
            path = f"/executions/{action}/by-ids"
            done = api.json(method, path, json=list(execution_ids))
            write(f"{done['count']} execution(s): {action} is done")
    return 0


def replay(
    remote: Remote, execution_id: str, task_run: str, revision: int, inputs: Sequence[str]
) -> int:
    """Run an execution once more and print the id of the new one."""
    given = {"taskRunId": task_run, "revision": revision}
    parameters = {name: value for name, value in given.items() if value}
    path = f"/executions/{part(execution_id)}/actions/replay"
    with Api(remote) as api:
        if inputs:
            made = _with_inputs(api, "POST", f"{path}-with-inputs", inputs, parameters)
        else:
            made = api.json("POST", path, params=parameters)
    write(made["id"])
    return 0


def delete(remote: Remote, execution_ids: Sequence[str], *, files: bool) -> int:
    """Delete executions: of several all or none."""
    parameters = {"deleteStorage": files}
    with Api(remote) as api:
        if len(execution_ids) == 1:
            api.call("DELETE", f"/executions/{part(execution_ids[0])}", params=parameters)
        else:
            api.json(
                "DELETE",
                "/executions/by-ids",
                params={**parameters, "includeNonTerminated": True},
                json=list(execution_ids),
            )
    write(f"{len(execution_ids)} execution(s) deleted")
    return 0
