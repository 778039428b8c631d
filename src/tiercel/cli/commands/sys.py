"""``tiercel sys``: maintenance."""

from __future__ import annotations

from typing import Annotated

from tiercel.cli.command import Group
from tiercel.cli.options import Common, Local, Remote
from tiercel.cli.parameters import Option
from tiercel.cli.wiring import Wiring

group = Group()


@group.command(examples=["tiercel sys reindex --type flow"])
def reindex(
    *,
    kind: Annotated[str, Option("What is read again.", ("-t", "--type"), ("flow",))],
    local: Local,
    common: Common,
    wiring: Wiring,
) -> int:
    """Read all flows again with the plugins of today, and make the states of their triggers fit.

    Flows that are not valid any more are named; the exit code is then 1.
    """
    from tiercel.cli import maintenance

    return wiring.run(maintenance.reindex(wiring, local.options(common)))


@group.command(examples=["tiercel sys submit-queued-execution"])
def submit_queued_execution(*, remote: Remote) -> int:
    """Start all executions of the server that wait in the queue of a flow with a limit."""
    from tiercel.cli import maintenance

    return maintenance.submit_queued(remote)


database = group.below("database", "The database.")


@database.command(examples=["tiercel sys database migrate --database-url postgresql://…"])
def migrate(*, local: Local, common: Common, wiring: Wiring) -> int:
    """Bring the database to this version's schema, and leave. Servers do it when they start."""
    from tiercel.cli import maintenance

    return wiring.run(maintenance.migrate(wiring, local.options(common)))


state_store = group.below("state-store", "States of older versions of the format.")


@state_store.command("migrate", examples=["tiercel sys state-store migrate"])
def migrate_states() -> int:
    """Move states of old versions to key-value pairs: there are none here, and it says so."""
    from tiercel.cli.console import write

    write("Nothing to move: this server never kept states of the old form.")
    return 0
