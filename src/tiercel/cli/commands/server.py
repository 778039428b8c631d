"""``tiercel server``: long-running processes."""

from __future__ import annotations

from typing import Annotated

from tiercel.cli.command import Group, Option
from tiercel.cli.options import Common, Local
from tiercel.cli.wiring import Wiring

group = Group()


@group.command(examples=["tiercel server local", "tiercel server local --port 9090"])
def local(
    *,
    host: Annotated[str, Option("Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, Option("Port of the API; 0 takes any.")] = 8080,
    local: Local,
    common: Common,
    wiring: Wiring,
) -> int:
    """Run API, executor, worker and scheduler in one process, on embedded servers by default."""
    from tiercel.cli.server import serve_local

    return wiring.run(serve_local(wiring, local.options(common), host, port))
