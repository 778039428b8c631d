"""``tiercel server``: long-running processes."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

from tiercel.cli.console import out, show_error
from tiercel.model.errors import TiercelError

if TYPE_CHECKING:
    from tiercel.cli.wiring import Wiring
    from tiercel.services.node import NodeOptions


async def until_signalled() -> None:
    """Return at SIGINT or SIGTERM."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    try:
        await stop.wait()
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


async def serve_local(wiring: Wiring, options: NodeOptions, host: str, port: int) -> int:
    """Run everything in this process until it is told to stop."""
    try:
        async with wiring.open_node(options) as node, wiring.serve(node, host, port) as url:
            out.print(f"Server Running: {url}")
            out.print(f"  API       {url}/api/v1")
            out.print(f"  database  postgresql://127.0.0.1:{node.endpoints.postgres_port}")
            out.print(f"  data      {options.data_dir}")
            await node.guard(until_signalled())
            out.print("stopping …")
    except TiercelError as error:
        show_error(error)
        return 1
    return 0
