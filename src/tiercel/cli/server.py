"""``tiercel server``: long-running processes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tiercel.cli.console import out, show_error
from tiercel.model.errors import TiercelError

if TYPE_CHECKING:
    from tiercel.cli.wiring import Wiring
    from tiercel.services.node import Node, NodeOptions


async def until_stopped(node: Node) -> None:
    """Return when the command is told to stop; raise when a service of the node fails before."""
    try:
        await node.guard(asyncio.Event().wait())
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is not None:
            task.uncancel()
        out.print("stopping …")


async def serve_local(wiring: Wiring, options: NodeOptions, host: str, port: int) -> int:
    """Run everything in this process until it is told to stop."""
    try:
        async with wiring.open_node(options) as node, wiring.serve(node, host, port) as url:
            out.print(f"Server Running: {url}")
            out.print(f"  pages     {url}/ui")
            out.print(f"  API       {url}/api/v1")
            if node.endpoints.postgres_port:
                out.print(f"  database  postgresql://127.0.0.1:{node.endpoints.postgres_port}")
            out.print(f"  data      {options.data_dir}")
            await until_stopped(node)
    except TiercelError as error:
        show_error(error)
        return 1
    return 0
