"""``tiercel run``: one execution of one flow file, watched in the terminal, without a server."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tiercel.check import parse_flow
from tiercel.cli.console import err, out, show_error, show_problem
from tiercel.cli.reading import read_source, split_pairs
from tiercel.cli.view import open_view, show_outputs
from tiercel.model.errors import InvalidInputError, TiercelError
from tiercel.model.execution import Label
from tiercel.model.job import LogEntry, Progress
from tiercel.model.state import StateType
from tiercel.model.task import LogLevel
from tiercel.services.executions import Snapshot
from tiercel.services.node import NodeOptions
from tiercel.services.uploads import Upload

if TYPE_CHECKING:
    from tiercel.cli.wiring import Wiring
    from tiercel.model.flow import Flow
    from tiercel.services.node import Node

INTERRUPTED = 130
_GOOD = {StateType.SUCCESS, StateType.WARNING}


def split_inputs(
    flow: Flow, given: Mapping[str, str], folder: Path
) -> tuple[dict[str, str], list[Upload]]:
    """Return values and uploads; ``name=@path`` names a local file for a FILE input.

    Files are copied into ``folder``, since uploads are moved.

    Raises:
        InvalidInputError: The flow has no such input, or the file can't be read.
    """
    known = {item.id: item for item in flow.inputs}
    values: dict[str, str] = {}
    uploads: list[Upload] = []
    for name, value in given.items():
        if name not in known:
            names = ", ".join(known) or "none"
            raise InvalidInputError(
                f"The flow has no input `{name}`", hint=f"its inputs are: {names}"
            )
        if known[name].type == "FILE" and value.startswith("@"):
            source = Path(value[1:]).expanduser()
            copy = folder / name
            try:
                shutil.copyfile(source, copy)
            except OSError as error:
                raise InvalidInputError(
                    f"Invalid input for `{name}`, {source} can't be read: {error.strerror}"
                ) from error
            uploads.append(Upload(name, source.name, copy))
        else:
            values[name] = value
    return values, uploads


async def watch(node: Node, execution_id: str, *, least: LogLevel = LogLevel.INFO) -> Snapshot:
    """Show an execution until it is settled; return how it ended.

    Args:
        least: Log entries below this level are not shown.
    """
    view = open_view(out)
    try:
        async with aclosing(node.executions.watch(execution_id)) as events:
            async for event in events:
                if isinstance(event, LogEntry):
                    if event.level.rank >= least.rank:
                        view.log(event)
                elif isinstance(event, Progress):
                    view.progress(event)
                else:
                    view.update(event)
                    snapshot = event
    finally:
        view.close()
    return snapshot


async def _kill(node: Node, execution_id: str) -> None:
    err.print("[yellow]killing the execution …[/]")
    await node.executions.kill(execution_id)
    async with asyncio.timeout(30):
        await node.executions.wait(execution_id)


async def run_flow(
    wiring: Wiring,
    options: NodeOptions,
    file: Path,
    *,
    inputs: Sequence[str] = (),
    labels: Sequence[str] = (),
    follow: bool = True,
    least: LogLevel = LogLevel.INFO,
) -> int:
    """Run a flow file once; return the exit code: 0 for SUCCESS and WARNING, 1 for the rest."""
    try:
        flow = _parse(wiring, file)
        given = split_pairs(inputs, "--input")
        own_labels = [Label(*pair) for pair in split_pairs(labels, "--label").items()]
        with tempfile.TemporaryDirectory(prefix="tiercel-") as folder:
            values, uploads = split_inputs(flow, given, Path(folder))
            async with wiring.open_node(options) as node:
                return await node.guard(
                    _run(node, flow, values, uploads, own_labels, least if follow else None)
                )
    except TiercelError as error:
        show_error(error, file=str(file))
        return 1


def _parse(wiring: Wiring, file: Path) -> Flow:
    parsed = parse_flow(read_source(file), wiring.registry())
    for warning in parsed.warnings:
        show_problem(warning, str(file))
    return parsed.flow


async def _run(
    node: Node,
    flow: Flow,
    values: Mapping[str, Any],
    uploads: Sequence[Upload],
    labels: Sequence[Label],
    least: LogLevel | None,
) -> int:
    await node.flows.save(flow.source)
    execution = await node.executions.start(
        flow.namespace, flow.id, inputs=values, uploads=uploads, labels=labels
    )
    out.print(f"[dim]execution {execution.id}[/]")
    try:
        if least is not None:
            snapshot = await watch(node, execution.id, least=least)
        else:
            snapshot = await node.executions.wait(execution.id)
    except asyncio.CancelledError:
        await _kill(node, execution.id)
        return INTERRUPTED
    if least is None:
        out.print(f"{execution.namespace}.{execution.flow_id} {snapshot.execution.state.current}")
    show_outputs(out, snapshot)
    return 0 if snapshot.execution.state.current in _GOOD else 1
