"""Which task runner a script task gets when the flow does not say it in ``taskRunner``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tiercel.model.task import LogLevel
from tiercel.plugin.context import TaskContext
from tiercel.plugin.runner import DEFAULT_RUNNER, TaskRunner

if TYPE_CHECKING:
    from tiercel.plugins.scripts.base import ScriptPlugin

DOCKER = "io.kestra.plugin.scripts.runner.docker.Docker"
SETTINGS = "io.kestra.plugin.scripts"
"""Whose setting ``default-runner`` is ``auto``, ``docker`` or ``process``."""


async def chosen_runner(task: ScriptPlugin, context: TaskContext) -> TaskRunner:
    """Return the runner of a task.

    ``taskRunner`` counts, but for the older ``runner`` and ``docker``. Without any of them a task
    that names a ``containerImage`` runs in Docker where an engine answers; all others, and this one
    where none does, run as processes of this machine. The setting ``default-runner`` changes that.
    """
    if task.runner == "PROCESS":
        return task.build_runner(DEFAULT_RUNNER, {})
    if task.runner == "DOCKER" or (task.docker is not None and not _is_named(task)):
        return task.build_runner(DOCKER, _docker_properties(task.docker or {}))
    if _is_named(task) and task.task_runner.has_containers:
        return await _or_process(task, task.task_runner, context)
    default = str(context.plugin_settings(SETTINGS).get("default-runner", "auto")).lower()
    if _is_named(task) or default == "process":
        return task.task_runner
    if default == "docker":
        return task.build_runner(DOCKER, {})
    if task.container_image is None:
        return task.task_runner
    docker = task.build_runner(DOCKER, {})
    if await docker.is_available(context):
        return docker
    context.log(
        LogLevel.INFO,
        f"No Docker engine answers, so containerImage '{task.container_image}' is not used: the "
        "commands run as a process of this machine.",
    )
    return task.task_runner


async def _or_process(task: ScriptPlugin, named: TaskRunner, context: TaskContext) -> TaskRunner:
    """Return the runner that the flow names, or what the server allows in its place.

    With the runner's setting ``fallback: process`` flows that name it run where there is no engine.
    """
    fallback = str(context.plugin_settings(named.type_name).get("fallback", "")).lower()
    if fallback != "process" or await named.is_available(context):
        return named
    context.log(
        LogLevel.INFO,
        "No Docker engine answers; as the server's setting `fallback` says, the commands run as a "
        "process of this machine.",
    )
    return task.build_runner(DEFAULT_RUNNER, {})


def _is_named(task: ScriptPlugin) -> bool:
    return "task_runner" in task.model_fields_set


def _docker_properties(written: Mapping[str, Any]) -> dict[str, Any]:
    return {"pullPolicy": "ALWAYS", **written} if written else {}
