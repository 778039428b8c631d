"""Schedulers on a real store and bus, and a whole node."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from tiercel.bus import Bus
from tiercel.config.sections import NodeSettings, Settings
from tiercel.engine import ExecutionState
from tiercel.expressions import LocalServices
from tiercel.main import open_node, plugin_registry
from tiercel.model.execution import Execution
from tiercel.model.state import StateType
from tiercel.services.backfills import Backfills
from tiercel.services.catalog import FlowCatalog
from tiercel.services.clock import new_id
from tiercel.services.flow_triggers import FlowTriggers
from tiercel.services.flows import Flows
from tiercel.services.meters import Meters
from tiercel.services.node import Node, NodeOptions
from tiercel.services.scheduler import Scheduler
from tiercel.services.trigger_executions import TriggerExecutions
from tiercel.services.triggers import Triggers
from tiercel.store import Condition, Operation, StepResult, Store, TriggerState

START = datetime(2024, 1, 1, tzinfo=UTC)


@dataclass
class Clock:
    """A clock that moves when a test says so."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **step: float) -> datetime:
        self.now += timedelta(**step)
        return self.now


@dataclass
class Kit:
    """Triggers under a clock of their own; executions never run by themselves."""

    store: Store
    bus: Bus
    clock: Clock
    catalog: FlowCatalog = field(init=False)

    def __post_init__(self) -> None:
        self.meters = Meters()
        self.catalog = FlowCatalog(self.store, plugin_registry())
        self.maker = TriggerExecutions(LocalServices(), {})
        self.triggers = Triggers(self.store, self.bus, self.catalog, self.maker, clock=self.clock)
        self.flows = Flows(self.store, plugin_registry(), changed=self.triggers.reconcile)
        self.backfills = Backfills(
            self.store, self.bus, self.triggers, self.maker, clock=self.clock
        )
        self.scheduler = self.new_scheduler()

    def new_scheduler(self, clock: Callable[[], datetime] | None = None) -> Scheduler:
        """Return one more scheduler, as after a restart or in another process."""
        waiting = FlowTriggers(self.store, self.catalog, self.maker, ids=new_id)
        return Scheduler(
            self.store,
            self.bus,
            self.catalog,
            self.maker,
            self.triggers,
            waiting,
            clock=clock or self.clock,
            meters=self.meters,
        )

    async def settle(self, scheduler: Scheduler | None = None) -> None:
        """Run rounds until there is nothing left to do."""
        while await (scheduler or self.scheduler).round():
            await asyncio.sleep(0)

    async def executions(self, flow_id: str) -> list[Execution]:
        """All executions of a flow, oldest first."""
        found, _ = await self.store.executions.search(
            [Condition("flow_id", Operation.EQUALS, flow_id)], size=10_000
        )
        return sorted(found, key=lambda item: (item.state.start_date, _date(item)))

    async def dates(self, flow_id: str) -> list[str]:
        """The dates of all executions of a flow, in order."""
        return sorted(_date(item) for item in await self.executions(flow_id))

    async def end(
        self, execution: Execution, *states: StateType, outputs: dict[str, object] | None = None
    ) -> None:
        """Let an execution go through states, by default to SUCCESS, as the executor would."""
        from msgspec.structs import replace

        for state in states or (StateType.RUNNING, StateType.SUCCESS):
            async with self.store.step(self.clock(), also=[execution.id]) as step:
                claim = next(c for c in step.claims if c.execution_id == execution.id)
                loaded = ExecutionState(*(await step.load([execution.id]))[execution.id])
                moved = replace(
                    loaded.execution, state=loaded.execution.state.to(state, self.clock())
                )
                if outputs is not None:
                    moved = replace(moved, outputs=outputs)
                step.write(StepResult(execution.id, claim.version, moved))
            self.clock.advance(microseconds=1)

    async def state(self, flow_id: str, trigger_id: str = "t") -> TriggerState:
        """The state of a trigger in namespace ``n``."""
        found = await self.store.triggers.get("n", flow_id, trigger_id)
        assert found is not None
        return found


def _date(execution: Execution) -> str:
    variables = execution.trigger.variables if execution.trigger else {}
    return str(variables.get("date", ""))


@pytest_asyncio.fixture
async def kit(database_url: str, bus_url: str) -> AsyncIterator[Kit]:
    """Triggers on a database of the test's own."""
    async with AsyncExitStack() as stack:
        store = await Store.connect(database_url)
        stack.push_async_callback(store.close)
        await store.migrate()
        bus = await Bus.connect(bus_url, prefix=f"test-{uuid.uuid4().hex[:8]}")
        stack.push_async_callback(bus.close)
        stack.push_async_callback(bus.delete_streams)
        yield Kit(store, bus, Clock())


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def node(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Node]:
    """A running node on a data folder of its own; flows may use the folders of tests."""
    folder: Path = tmp_path_factory.mktemp("node")
    paths = {"io.kestra.plugin.fs.local": {"allowed-paths": [str(folder.parent)]}}
    options = NodeOptions(
        data_dir=folder,
        postgres_alias="host.docker.internal:5432",
        settings=Settings(node=NodeSettings(plugin_settings=paths)),
    )
    async with open_node(options) as running:
        yield running
