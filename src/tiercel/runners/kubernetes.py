"""Runs commands in pods of a Kubernetes cluster."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, ClassVar, Literal

from pydantic import Field

from tiercel.model.task import LogLevel
from tiercel.plugin.common import Written
from tiercel.plugin.context import TaskContext
from tiercel.plugin.properties import Text, TextMap
from tiercel.plugin.runner import Command, LineSink, RunResult, TaskRunner
from tiercel.plugin.task import TaskFailedError
from tiercel.runners.kubernetes_access import Connection, connected
from tiercel.runners.kubernetes_api import Pods
from tiercel.runners.kubernetes_pod import (
    ENDED,
    INIT,
    MAIN,
    NAME,
    READY,
    ROOT,
    SIDECAR,
    Patience,
    PodRun,
    has_begun,
)
from tiercel.runners.labels import ATTEMPT, TASK_RUN, task_labels
from tiercel.runners.shielding import shielded

_FILES = "kestra-files"
_DIRECTORY = f"{ROOT}/{NAME}"
_NOT_IN_NAME = re.compile("[^a-z0-9]+")
_NAME_CHARACTERS = 50
_POLICIES = {"ALWAYS": "Always", "IF_NOT_PRESENT": "IfNotPresent", "NEVER": "Never"}


class Amounts(Written):
    """Processors and memory, as Kubernetes writes them: ``500m``, ``128Mi``."""

    cpu: Text | None = Field(
        default=None, description="Processors, such as `500m` for half of one, or `2`."
    )
    memory: Text | None = Field(default=None, description="Memory, such as `128Mi`.")


class Resources(Written):
    """What a container asks for, and what it may use at most."""

    request: Amounts | None = Field(
        default=None,
        description="What the container is given at least, which decides where it may run.",
    )
    limit: Amounts | None = Field(default=None, description="What the container may use at most.")

    def as_sent(self) -> dict[str, Any]:
        """Return the map of a container's ``resources``."""
        parts = {"requests": self.request, "limits": self.limit}
        return {name: part.model_dump(exclude_none=True) for name, part in parts.items() if part}


class FileSidecar(Written):
    """The containers that move files: a small image with ``sh``, ``tar``, ``head``."""

    image: Text = Field(
        default="busybox",
        description="Image of the containers that move files; it needs `sh`, `tar` and `head`.",
    )
    resources: Resources | None = Field(
        default=None, description="Processors and memory of those containers."
    )


PullPolicy = Literal["Always", "IfNotPresent", "Never", "ALWAYS", "IF_NOT_PRESENT", "NEVER"]
"""When an image is asked for from its registry, in Kubernetes' words or in Docker's."""


class Kubernetes(TaskRunner):
    """Run commands in a pod of their own, which is deleted afterwards.

    The files of the working directory are copied into the pod before the commands begin, and back
    when they ended. The folder is ``/kestra/working-dir`` there, and has its path of the worker
    too. The cluster is the one of ``config``, of the worker's kubeconfig, or the one it runs in.
    """

    type_name = "io.kestra.plugin.ee.kubernetes.runner.Kubernetes"
    aliases = ("io.kestra.plugin.kubernetes.runner.Kubernetes",)
    title = "Run commands in pods of a Kubernetes cluster."
    requires: ClassVar[Mapping[str, str]] = {"kubernetes_asyncio": "kubernetes"}
    examples = (
        (
            "A script in a pod with limits.",
            "id: hello\ntype: io.kestra.plugin.scripts.shell.Commands\n"
            "containerImage: ubuntu\ntaskRunner:\n"
            "  type: io.kestra.plugin.ee.kubernetes.runner.Kubernetes\n"
            "  namespace: jobs\n  resources:\n    limit:\n      memory: 512Mi\n"
            "commands:\n  - echo hello",
        ),
    )
    has_containers = True

    config: Connection | None = Field(
        default=None,
        description=(
            "Address and login of the cluster. Those of the worker's kubeconfig, or of the "
            "cluster that the worker runs in, when it is left out."
        ),
    )
    pull_policy: PullPolicy = Field(
        default="Always",
        description="When the image is pulled: `Always`, `IfNotPresent` or `Never`.",
    )
    namespace: Text = Field(
        default="default", description="Namespace of the cluster that the pod is made in."
    )
    service_account_name: Text | None = Field(
        default=None,
        description="Service account of the pod. The namespace's default when it is left out.",
    )
    labels: TextMap | None = Field(
        default=None, description="Labels of the pod, by name, besides those that tell its task."
    )
    node_selector: TextMap | None = Field(
        default=None, description="Labels that a node must have for the pod to run there."
    )
    resources: Resources | None = Field(
        default=None, description="Processors and memory of the container that runs the commands."
    )
    wait_until_running: timedelta = Field(
        default=timedelta(minutes=10),
        description=(
            "How long the pod may take until its commands run, such as `PT10M`; then the task "
            "fails."
        ),
    )
    wait_until_completion: timedelta = Field(
        default=timedelta(hours=1),
        description="How long the commands may run, such as `PT1H`; then the task fails.",
    )
    wait_for_logs: timedelta = Field(
        default=timedelta(seconds=1),
        description="How long more lines are waited for when the commands have ended.",
    )
    delete: bool = Field(default=True, description="Whether the pod is deleted when it has ended.")
    resume: bool = Field(
        default=True,
        description=(
            "Whether a pod is followed that was started before its worker was lost; `false` "
            "starts another."
        ),
    )
    file_sidecar: FileSidecar = Field(
        default_factory=FileSidecar,
        description="The containers that move files into the pod and back.",
    )

    async def is_available(self, context: TaskContext) -> bool:
        """Tell whether a cluster answers."""
        try:
            async with self._pods() as pods:
                return await pods.answers()
        except TaskFailedError:
            return False

    async def run(self, command: Command, context: TaskContext, sink: LineSink) -> RunResult:
        """Run the command to its end; see :meth:`TaskRunner.run`."""
        if not command.image:
            raise TaskFailedError("This task runner needs the `containerImage` property to be set")
        async with self._pods() as pods:
            labels = task_labels(context)
            pod = await self._resumable(pods, labels, context)
            is_new = pod is None
            if pod is None:
                pod = _pod_name(context)
                await pods.create(self._pod(pod, command, labels))
                context.log(LogLevel.DEBUG, f"Pod '{pod}' is created")
            run = PodRun(pods, pod, command, context, self._patience())
            try:
                if is_new:
                    await run.put_files()
                code = await run.to_the_end(sink)
            except BaseException as error:
                if isinstance(error, asyncio.CancelledError):
                    context.log(LogLevel.WARN, f"Killing pod '{pod}'")
                await shielded(pods.delete(pod))
                raise
            if self.delete:
                await shielded(pods.delete(pod))
        return RunResult(code, {"podName": pod})

    def _patience(self) -> Patience:
        return Patience(self.wait_until_running, self.wait_until_completion, self.wait_for_logs)

    @asynccontextmanager
    async def _pods(self) -> AsyncIterator[Pods]:
        namespace = (self.config and self.config.namespace) or self.namespace
        async with connected(self.config) as (api, streams):
            yield Pods(api, streams, namespace)

    async def _resumable(
        self, pods: Pods, labels: Mapping[str, str], context: TaskContext
    ) -> str | None:
        """Return a pod that a lost worker started for this attempt; others are deleted."""
        for pod in await pods.find({TASK_RUN: labels[TASK_RUN]}):
            name = str(pod["metadata"]["name"])
            is_same = pod["metadata"].get("labels", {}).get(ATTEMPT) == labels[ATTEMPT]
            if is_same and self.resume and has_begun(pod):
                context.log(LogLevel.INFO, f"Following pod '{name}' of a lost worker")
                return name
            await pods.delete(name)
        return None

    def _pod(self, name: str, command: Command, labels: Mapping[str, str]) -> dict[str, Any]:
        spec = {
            "restartPolicy": "Never",
            "serviceAccountName": self.service_account_name,
            "nodeSelector": self.node_selector,
            "volumes": [{"name": _FILES, "emptyDir": {}}],
            "initContainers": [self._init_container()],
            "containers": [self._main_container(command), self._sidecar_container()],
        }
        return {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": name, "labels": {**(self.labels or {}), **labels}},
            "spec": {key: value for key, value in spec.items() if value is not None},
        }

    def _main_container(self, command: Command) -> dict[str, Any]:
        directory = str(command.directory)
        return {
            "name": MAIN,
            "image": command.image,
            "imagePullPolicy": _POLICIES.get(self.pull_policy, self.pull_policy),
            "command": list(command.argv),
            "workingDir": directory,
            "env": [{"name": name, "value": value} for name, value in command.env.items()],
            "volumeMounts": [
                {"name": _FILES, "mountPath": ROOT},
                {"name": _FILES, "mountPath": directory, "subPath": NAME},
            ],
            "resources": self.resources.as_sent() if self.resources else {},
        }

    def _init_container(self) -> dict[str, Any]:
        script = f"mkdir -p {_DIRECTORY} && chmod 777 {_DIRECTORY} && {_until(READY)}"
        return self._helper(INIT, script)

    def _sidecar_container(self) -> dict[str, Any]:
        return self._helper(SIDECAR, _until(ENDED))

    def _helper(self, name: str, script: str) -> dict[str, Any]:
        given = self.file_sidecar
        return {
            "name": name,
            "image": given.image,
            "command": ["sh", "-c", script],
            "volumeMounts": [{"name": _FILES, "mountPath": ROOT}],
            "resources": given.resources.as_sent() if given.resources else {},
        }


def _pod_name(context: TaskContext) -> str:
    info = context.info
    text = f"{info.namespace}-{info.flow_id}-{info.task_id}".lower()
    plain = _NOT_IN_NAME.sub("-", text)[:_NAME_CHARACTERS].strip("-")
    return f"{plain}-{secrets.token_hex(4)}".lstrip("-")


def _until(marker: str) -> str:
    return f"until [ -e {marker} ]; do sleep 0.2; done"
