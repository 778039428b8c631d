"""``tiercel flow test``: one run on servers of its own."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tiercel.check import parse_flow
from tiercel.cli.console import err, show_error
from tiercel.cli.options import Local
from tiercel.cli.reading import read_source
from tiercel.cli.run import run_flow
from tiercel.model.errors import IllegalArgumentError, TiercelError
from tiercel.model.task import LogLevel
from tiercel.services.source_files import split_documents

if TYPE_CHECKING:
    from tiercel.cli.options import Common
    from tiercel.cli.wiring import Wiring

_LONGEST_SECONDS = 3600


async def try_flow(wiring: Wiring, common: Common, file: Path, words: Sequence[str]) -> int:
    """Run a flow with inputs given as names and values in turn; return the exit code.

    Raises:
        click.UsageError: A name has no value.
    """
    if len(words) % 2:
        raise click.UsageError(f"the input '{words[-1]}' has no value")
    given = dict(zip(words[::2], words[1::2], strict=True))
    try:
        inputs = _as_options(wiring, file, given)
    except TiercelError as error:
        show_error(error, file=str(file))
        return 1
    with tempfile.TemporaryDirectory(prefix="tiercel-test-") as folder:
        options = replace(Local(data_dir=Path(folder)).options(common), database_url="", bus_url="")
        work = run_flow(wiring, options, file, inputs=inputs, least=LogLevel[common.level])
        try:
            return await asyncio.wait_for(work, _LONGEST_SECONDS)
        except TimeoutError:
            err.print("[bold red]error[/]: the flow runs for more than an hour")
            return 1


def _as_options(wiring: Wiring, file: Path, given: dict[str, str]) -> list[str]:
    """Return inputs as ``tiercel run`` takes them: FILE inputs by ``name=@path``."""
    source = read_source(file)
    if len(split_documents(source)) > 1:
        raise IllegalArgumentError(f"{file} holds more than one flow", hint="test one at a time")
    flow = parse_flow(source, wiring.registry()).flow
    files = {item.id for item in flow.inputs if item.type == "FILE"}
    return [f"{name}={'@' if name in files else ''}{value}" for name, value in given.items()]
