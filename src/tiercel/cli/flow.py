"""``tiercel flow``: commands about flow files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rich.markup import escape

from tiercel.check import parse_flow
from tiercel.cli.console import err, out, show_error, show_problem
from tiercel.cli.run import read_source
from tiercel.model.errors import TiercelError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tiercel.plugin.registry import Registry

_SUFFIXES = {".yml", ".yaml"}


def flow_files(paths: Sequence[Path]) -> Iterator[Path]:
    """Yield the files named, and all ``.yml`` and ``.yaml`` files below the folders named."""
    for path in paths:
        if path.is_dir():
            yield from sorted(file for file in path.rglob("*") if file.suffix in _SUFFIXES)
        else:
            yield path


def validate(registry: Registry, paths: Sequence[Path]) -> int:
    """Check flow files; print a line for each and every problem; return 1 if any is refused."""
    failed = seen = 0
    for file in flow_files(paths):
        seen += 1
        try:
            parsed = parse_flow(read_source(file), registry)
        except TiercelError as error:
            failed += 1
            err.print(f"[bold red]✘[/] - {escape(str(file))}")
            show_error(error, file=str(file))
            continue
        out.print(f"[green]✓[/] - {escape(parsed.flow.namespace)} / {escape(parsed.flow.id)}")
        for warning in parsed.warnings:
            show_problem(warning, str(file))
    if not seen:
        err.print("[bold red]error[/]: no flow file found")
        return 1
    return 1 if failed else 0
