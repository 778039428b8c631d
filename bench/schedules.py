"""How late triggers fire, and what idle ones cost.

``python -m bench.schedules`` runs on servers of its own: a hundred triggers are due in each of
several seconds, then a hundred thousand wait for a date far away.
"""

from __future__ import annotations

import asyncio
import resource
import statistics
import tempfile
import time
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path

from tiercel.bus import Bus
from tiercel.embedded import EmbeddedServers
from tiercel.expressions import LocalServices
from tiercel.main import plugin_registry
from tiercel.services.catalog import FlowCatalog
from tiercel.services.clock import new_id
from tiercel.services.flow_triggers import FlowTriggers
from tiercel.services.flows import Flows
from tiercel.services.scheduler import Scheduler
from tiercel.services.trigger_executions import TriggerExecutions
from tiercel.services.triggers import Triggers
from tiercel.store import Store, TriggerState

DUE_EACH_SECOND = 100
SECONDS = 10
IDLE = 100_000
IDLE_SECONDS = 20.0
SAME_MINUTE = 10_000
_HEAD = """\
id: {id}
namespace: bench
inputs: [{{id: day, type: STRING}}]
tasks: [{{id: r, type: io.kestra.plugin.core.debug.Return, format: hello}}]
triggers:
"""
_TRIGGER = """\
  - id: t{number}
    type: io.kestra.plugin.core.trigger.Schedule
    cron: "{cron}"
    withSeconds: true
    allowConcurrent: true
    inputs: {{day: "{{{{ trigger.date | date('yyyy-MM-dd') }}}}"}}
"""


class Bench:
    """A scheduler on a fresh database, without executors."""

    def __init__(self, store: Store, bus: Bus) -> None:
        self.store = store
        catalog = FlowCatalog(store, plugin_registry())
        maker = TriggerExecutions(LocalServices(), {})
        triggers = Triggers(store, bus, catalog, maker)
        self.flows = Flows(store, plugin_registry(), changed=triggers.reconcile)
        waiting = FlowTriggers(store, catalog, maker, ids=new_id)
        self.scheduler = Scheduler(store, bus, catalog, maker, triggers, waiting)

    async def save(self, flow_id: str, cron: str, count: int) -> None:
        """Save a flow with schedules."""
        triggers = "".join(_TRIGGER.format(number=n, cron=cron) for n in range(count))
        await self.flows.save(_HEAD.format(id=flow_id) + triggers)

    async def forget(self) -> None:
        """Delete all triggers."""
        states, _ = await self.store.triggers.search(size=200_000)
        async with self.store.triggers.transaction() as transaction:
            for flow_id, group in groupby(states, key=lambda state: state.flow_id):
                await transaction.delete("bench", flow_id, [item.trigger_id for item in group])


async def due_each_second(bench: Bench) -> Sequence[str]:
    """A hundred triggers due each second: the delay of each fire, its commit included."""
    for number in range(10):
        await bench.save(f"flow{number}", "* * * * * *", DUE_EACH_SECOND // 10)
    committed: list[float] = []
    original = bench.scheduler.fire_due

    async def timed(now: datetime) -> int:
        count = await original(now)
        if count:
            committed.append((datetime.now(UTC) - now.replace(microsecond=0)).total_seconds())
        return count

    bench.scheduler.fire_due = timed  # type: ignore[method-assign]
    running = asyncio.create_task(bench.scheduler.run())
    await asyncio.sleep(2)
    committed.clear()
    cpu = time.process_time()
    await asyncio.sleep(SECONDS)
    cpu = time.process_time() - cpu
    await bench.scheduler.stop()
    await running
    bench.scheduler.fire_due = original  # type: ignore[method-assign]
    ms = sorted(value * 1000 for value in committed)
    _, created = await bench.store.executions.search(size=1)
    p95 = ms[int(len(ms) * 0.95)] if ms else 0.0
    return (
        f"{DUE_EACH_SECOND} due each second: {created} fires",
        f"  due to committed    median {statistics.median(ms):6.1f} ms   p95 {p95:6.1f} ms",
        f"  processor           {cpu / SECONDS:6.1%} of a core",
    )


async def same_minute(bench: Bench) -> Sequence[str]:
    """Ten thousand triggers due at one moment."""
    at = datetime.now(UTC) + timedelta(hours=2)
    cron = f"0 {at.minute} {at.hour} {at.day} {at.month} *"
    for number in range(100):
        await bench.save(f"many{number}", cron, SAME_MINUTE // 100)
    due = at.replace(second=0, microsecond=0)
    begin = time.perf_counter()
    fired = 0
    while count := await bench.scheduler.fire_due(due):
        fired += count
    took = time.perf_counter() - begin
    return (f"{fired} due in one minute: {took:.2f} s, {fired / took:,.0f} a second",)


async def idle(bench: Bench) -> Sequence[str]:
    """A hundred thousand triggers that wait."""
    far = datetime.now(UTC) + timedelta(days=30)
    model = TriggerState("bench", "idle", "", next_date=far)
    states = [
        replace(model, flow_id=f"idle{n // 10}", trigger_id=f"t{n % 10}") for n in range(IDLE)
    ]
    async with bench.store.triggers.transaction() as transaction:
        for start in range(0, IDLE, 10_000):
            await transaction.save(states[start : start + 10_000])
    bench.scheduler._stopping = False
    running = asyncio.create_task(bench.scheduler.run())
    await asyncio.sleep(1)
    before = resource.getrusage(resource.RUSAGE_SELF)
    await asyncio.sleep(IDLE_SECONDS)
    after = resource.getrusage(resource.RUSAGE_SELF)
    await bench.scheduler.stop()
    await running
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return (f"{IDLE} idle triggers: {spent / IDLE_SECONDS:.2%} of a core",)


async def measure() -> None:
    """Print all figures."""
    with tempfile.TemporaryDirectory(prefix="tiercel-bench-") as folder:
        servers = EmbeddedServers(Path(folder), postgres_port=0)
        endpoints = await servers.start()
        store = await Store.connect(endpoints.database_url)
        await store.migrate()
        bus = await Bus.connect(endpoints.bus_url, prefix=f"bench-{uuid.uuid4().hex[:8]}")
        bench = Bench(store, bus)
        try:
            for work in (due_each_second, same_minute, idle):
                for line in await work(bench):
                    print(line)
                await bench.forget()
        finally:
            await bus.close()
            await store.close()
            await servers.stop()


def run() -> None:
    """Measure, on the event loop that servers use."""
    import uvloop

    uvloop.run(measure())


if __name__ == "__main__":
    run()
