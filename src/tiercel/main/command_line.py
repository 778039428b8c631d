"""The start of a process: the command line over everything else."""

from __future__ import annotations

import logging
import os
import sys
from typing import TYPE_CHECKING

from tiercel.main.nodes import open_node, open_worker, plugin_registry
from tiercel.main.serving import serve, serve_probes

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence


def run(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its code: 0 good, 1 failed, 2 wrong usage."""
    from tiercel.cli.app import run as run_command
    from tiercel.cli.wiring import Wiring

    named = os.environ.get("TIERCEL_LOG_LEVEL", "").upper()
    logging.basicConfig(
        level=logging.getLevelNamesMapping().get(named, logging.WARNING),
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
        stream=sys.stderr,
    )
    words = sys.argv[1:] if arguments is None else arguments
    sys.exit(
        run_command(
            Wiring(open_node, open_worker, serve, serve_probes, plugin_registry, run_async), words
        )
    )


def run_async(work: Awaitable[int]) -> int:
    """Run a command to its end; Ctrl-C and SIGTERM cancel it once, so that it can clean up."""
    import asyncio
    import signal

    import uvloop

    async def main() -> int:
        task = asyncio.ensure_future(work)
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, task.cancel)
        loop.add_signal_handler(signal.SIGINT, task.cancel)
        try:
            return await task
        except asyncio.CancelledError:
            return 130

    return uvloop.run(main())
