"""Flows built in code. A template may be a function of the run context, which saves a template
language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tiercel.model.flow import Flow, FlowOutput
from tiercel.model.task import TaskKind, TaskSpec


def inline(task_id: str, **common: Any) -> TaskSpec:
    """A task the executor runs; ``run`` in its properties is called with (context, attempts
    before)."""
    return _task(task_id, TaskKind.INLINE, **common)


def worker(task_id: str, **common: Any) -> TaskSpec:
    """A task for a worker."""
    return _task(task_id, TaskKind.WORKER, **common)


def failing(task_id: str, **common: Any) -> TaskSpec:
    """An inline task whose every attempt fails."""
    return inline(task_id, run=lambda context, before: "FAILED", **common)


def flowable(
    behavior: str,
    task_id: str,
    *tasks: TaskSpec,
    branches: Mapping[str, Sequence[TaskSpec]] | None = None,
    errors: Sequence[TaskSpec] = (),
    finally_: Sequence[TaskSpec] = (),
    **common: Any,
) -> TaskSpec:
    """A flowable; ``tasks`` are its main branch unless ``branches`` names others."""
    children: dict[str, tuple[TaskSpec, ...]] = {}
    if tasks:
        children["tasks"] = tuple(tasks)
    for name, branch in (branches or {}).items():
        children[name] = tuple(branch)
    if errors:
        children["errors"] = tuple(errors)
    if finally_:
        children["finally"] = tuple(finally_)
    return _task(task_id, TaskKind.FLOWABLE, behavior=behavior, children=children, **common)


def sequential(task_id: str, *tasks: TaskSpec, **common: Any) -> TaskSpec:
    """Children one after the other."""
    return flowable("sequential", task_id, *tasks, **common)


_COMMON = frozenset(
    {
        "retry",
        "timeout",
        "disabled",
        "run_if",
        "allow_failure",
        "allow_warning",
        "log_level",
        "worker_group",
        "behavior",
        "children",
    }
)


def _task(task_id: str, kind: TaskKind, **given: Any) -> TaskSpec:
    common = {name: value for name, value in given.items() if name in _COMMON}
    properties = {name: value for name, value in given.items() if name not in _COMMON}
    return TaskSpec(
        id=task_id, type=f"test.{kind.value.title()}", kind=kind, properties=properties, **common
    )


def flow(*tasks: TaskSpec, outputs: Mapping[str, Any] | None = None, **fields: Any) -> Flow:
    """A flow of these tasks."""
    return Flow(
        id="flow",
        namespace="company.team",
        revision=1,
        source="",
        definition={},
        tasks=tuple(tasks),
        outputs=tuple(FlowOutput(name, "STRING", value) for name, value in (outputs or {}).items()),
        **{
            name: tuple(value) if isinstance(value, list) else value
            for name, value in fields.items()
        },
    )
