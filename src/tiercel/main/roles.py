"""The services that run in a process because of its roles."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tiercel.bus import Bus, Handover
    from tiercel.main.parts import Parts, WorkerParts
    from tiercel.services.holders import Holders
    from tiercel.services.node import Node, NodeOptions, Service
    from tiercel.services.presence import Attendance
    from tiercel.services.worker import Worker


def services_of(parts: Parts, node: Node) -> Iterator[Service]:
    """Yield the services of the node's roles, in the order in which they start."""
    from tiercel.services.node import Role

    roles = parts.options.roles
    beside = Beside.of(parts)
    worker = None
    if Role.WORKER in roles and parts.options.slots:
        handover = beside.handover if beside is not None else None
        worker = make_worker(parts, handover)
    yield parts.secrets.follower
    if Role.WEBSERVER in roles or Role.EXECUTOR in roles:
        yield node.views.status.attendance
    # It is the last but one to stop: what drains is still there.
    yield make_presence(parts.options, parts.bus, worker)
    if Role.INDEXER in roles:
        from tiercel.services.indexer import Indexer

        yield Indexer(parts.bus, parts.store, parts.meters)
    if beside is not None:
        yield beside.holders
    if Role.EXECUTOR in roles:
        yield _executor(parts, beside, node.views.status.attendance)
        yield _answers(node)
        yield _retention(parts, node)
    if worker is not None:
        yield worker
    if Role.SCHEDULER in roles:
        yield _scheduler(parts, node)


def make_presence(options: NodeOptions, bus: Bus, worker: Worker | None) -> Service:
    """Return what tells that the process is there."""
    import socket
    from importlib.metadata import version

    from tiercel.bus import Process
    from tiercel.services.clock import new_id, utc_now
    from tiercel.services.node import Role
    from tiercel.services.presence import Presence

    roles = options.roles if worker is not None else options.roles - {Role.WORKER}
    process = Process(
        worker.worker_id if worker is not None else new_id(),
        tuple(sorted(roles)),
        socket.gethostname(),
        os.getpid(),
        version("tiercel"),
        utc_now(),
        group=worker.group if worker is not None else "",
        slots=options.slots if worker is not None else 0,
    )
    if worker is None:
        return Presence(bus, process)
    return Presence(bus, process, lambda: worker.running)


def _retention(parts: Parts, node: Node) -> Service:
    from tiercel.services.retention import Retention, RetentionOptions

    settings = parts.options.settings.retention
    options = RetentionOptions(settings.days, settings.namespaces)
    return Retention(parts.store, parts.storage, node.views.kv, options)


@dataclass(frozen=True, slots=True)
class Beside:
    """What links the executor and the worker of a process that runs its own servers."""

    handover: Handover
    holders: Holders

    @classmethod
    def of(cls, parts: Parts) -> Beside | None:
        """Return the link; None where other machines may have executors: they could not tell
        whether this process is alive.
        """
        options = parts.options
        if options.database_url or options.bus_url:
            return None
        from tiercel.bus import Handover
        from tiercel.services.holders import Holders

        holders = Holders(options.data_dir / "holders")
        return cls(Handover(holders.name, limit_bytes=parts.bus.message_limit), holders)


def _executor(parts: Parts, beside: Beside | None, attendance: Attendance) -> Service:
    from datetime import timedelta

    from tiercel.services.children import Children
    from tiercel.services.clock import new_id, utc_now
    from tiercel.services.executor import Executor
    from tiercel.services.live import Live
    from tiercel.services.step import Environment
    from tiercel.services.worker_groups import WorkerGroups

    environment = Environment(
        parts.registry,
        parts.services,
        utc_now,
        new_id,
        parts.base_context,
        cipher=parts.cipher,
        outputs=parts.outputs,
        traces=parts.tracer is not None,
        groups=WorkerGroups(parts.bus, attendance, parts.options.settings.node.worker_groups),
    )
    children = Children(
        parts.store, parts.catalog, parts.new_executions, parts.storage, environment
    )
    live = Live(parts.bus, parts.tracer, parts.meters)
    return Executor(
        parts.store,
        parts.bus,
        parts.catalog,
        environment,
        live,
        children,
        handover=beside.handover if beside is not None else None,
        holders=beside.holders if beside is not None else None,
        lease=timedelta(seconds=parts.options.lease),
    )


def make_worker(parts: WorkerParts, handover: Handover | None = None) -> Worker:
    """Return a worker.

    Args:
        handover: Brings jobs of the executor beside it.
    """
    from tiercel.services.worker import Worker

    options = parts.options
    return Worker(
        parts.bus,
        parts.registry,
        parts.storage,
        parts.services,
        slots=options.slots,
        work_dir=options.work_dir,
        cache_dir=options.cache_dir,
        group=options.worker_group,
        grace=options.grace,
        addresses=parts.addresses(),
        plugin_settings=parts.switches(),
        cipher=parts.cipher,
        handover=handover,
        meters=parts.meters,
    )


def _scheduler(parts: Parts, node: Node) -> Service:
    from tiercel.services.clock import new_id
    from tiercel.services.flow_triggers import FlowTriggers
    from tiercel.services.polling import Places, Polling
    from tiercel.services.scheduler import Scheduler

    options, store, bus, maker = parts.options, parts.store, parts.bus, parts.maker
    places = Places(
        parts.storage,
        parts.services,
        options.work_dir,
        options.cache_dir,
        parts.addresses(),
        parts.switches(),
        parts.cipher.encrypt,
    )
    polling = Polling(store, bus, parts.registry, maker, places, meters=parts.meters)
    flow_triggers = FlowTriggers(store, parts.catalog, maker, ids=new_id)
    return Scheduler(
        store,
        bus,
        parts.catalog,
        maker,
        node.triggers,
        flow_triggers,
        polling,
        meters=parts.meters,
    )


def _answers(node: Node) -> Service:
    """Return what answers those that have no database."""
    from tiercel.services.answers import Answers
    from tiercel.services.dashboard_questions import DashboardQuestions
    from tiercel.services.execution_questions import ExecutionQuestions
    from tiercel.services.flow_questions import FlowQuestions
    from tiercel.services.secrets import QUESTION
    from tiercel.services.upkeep import Upkeep

    answers = Answers(node.bus, node.operations, node.logs)
    answers.add(QUESTION, node.views.secrets.answer)
    upkeep = Upkeep(node.store, node.storage, node.views.kv)
    for asked in (
        upkeep,
        FlowQuestions(node.flows),
        DashboardQuestions(node.views.dashboards),
        ExecutionQuestions(node.executions),
    ):
        for name, answer in asked.answers().items():
            answers.add(name, answer)
    return answers
