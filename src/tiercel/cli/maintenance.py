"""``tiercel sys``: work on what is stored, without running anything."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from tiercel.cli.client import Api
from tiercel.cli.console import complain, show_error, write
from tiercel.cli.progress import advance, counting
from tiercel.model.errors import TiercelError
from tiercel.model.problems import InvalidFlowError

if TYPE_CHECKING:
    from tiercel.cli.options import Remote
    from tiercel.cli.wiring import Wiring
    from tiercel.services.node import Node, NodeOptions


@asynccontextmanager
async def _idle_node(wiring: Wiring, options: NodeOptions) -> AsyncIterator[Node]:
    """Connect to everything and run nothing."""
    async with wiring.open_node(replace(options, roles=frozenset())) as node:
        yield node


async def reindex(wiring: Wiring, options: NodeOptions) -> int:
    """Read all flows again; return 1 when one is not valid any more."""
    refused = 0
    try:
        async with _idle_node(wiring, options) as node:
            flows = await node.views.flow_sets.matching([])
            with counting("flows", len(flows)) as progress:
                for flow in flows:
                    try:
                        node.flows.validate(flow.source)
                    except InvalidFlowError as error:
                        refused += 1
                        complain(f"✘ - {flow.namespace}.{flow.id}")
                        for problem in error.problems:
                            complain(f"\t- {problem.render()}")
                    await node.triggers.reconcile(flow.namespace, flow.id)
                    advance(progress)
    except TiercelError as error:
        show_error(error)
        return 1
    write(f"Successfully reindex {len(flows) - refused} flow(s).")
    return 1 if refused else 0


async def migrate(wiring: Wiring, options: NodeOptions) -> int:
    """Bring the database to this version's schema."""
    from tiercel.store.migrations import known_migrations

    try:
        async with _idle_node(wiring, options):
            latest = known_migrations()[-1]
    except TiercelError as error:
        show_error(error)
        return 1
    write(f"The database is at version {latest.version} ({latest.name}).")
    return 0


def submit_queued(remote: Remote) -> int:
    """Start what waits in the queues of flows with a limit."""
    with Api(remote) as api:
        done = api.json("POST", "/executions/unqueue/by-query", params={"state": "QUEUED"})
    write(f"{done['count']} queued execution(s) submitted.")
    return 0
