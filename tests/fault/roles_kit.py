"""Servers of one role each, as processes on one data folder."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
from fault_world import LEASE_SECONDS

ROLES = ("webserver", "executor", "scheduler", "indexer", "worker")
YAML = {"content-type": "application/x-yaml"}
_START = ("-c", "from tiercel.main import run; run()")
_PATIENCE_SECONDS = 60
LEASE = f"{LEASE_SECONDS}s"
"""Of servers in tests that wait until one runs out."""


class RoleServer:
    """``tiercel server <role>`` as a child process.

    Args:
        words: More of its command line.
        program: What Python runs.
        python: Which Python that is.
    """

    def __init__(
        self,
        role: str,
        data_dir: Path,
        *words: str,
        program: tuple[str, ...] = _START,
        python: str = sys.executable,
        **environment: str,
    ) -> None:
        command = [python, *program, "server", role, "--data-dir", str(data_dir)]
        self.role = role
        self.process = subprocess.Popen(
            [*command, *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **environment},
        )
        self.said: list[str] = []

    def wait_until_ready(self) -> str:
        """Return what it says when it runs: its address, or what it is."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line)
            if found := re.search(r"Server Running: (.+)", line):
                return found[1].strip()
        raise AssertionError(f"{self.role} did not start: {''.join(self.said)}")

    def kill(self) -> None:
        """End it as if the machine was gone."""
        self.process.kill()
        self._close()

    def tell(self) -> None:
        """Tell it to end."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)

    def end(self) -> int:
        """Wait until it has ended; return its exit code."""
        self._close()
        return self.process.returncode

    def stop(self) -> int:
        """Tell it to end; return its exit code."""
        self.tell()
        return self.end()

    def _close(self) -> None:
        if self.process.stdout is None or self.process.stdout.closed:
            return
        self.said += self.process.stdout.readlines()
        self.process.wait(_PATIENCE_SECONDS)
        self.process.stdout.close()


class Cluster:
    """One server of each role, and a client of the API.

    Attributes:
        python: The Python of servers that are started from now on.
    """

    def __init__(
        self, data_dir: Path, *, program: tuple[str, ...] = _START, **environment: str
    ) -> None:
        self.data_dir = data_dir
        self.python = sys.executable
        self._program = program
        self._environment = environment
        self.servers: dict[str, RoleServer] = {}
        self.client = httpx.Client()

    def start(self, *roles: str) -> None:
        """Start servers of these roles, together, and wait until they run."""
        for role in roles:
            self.servers[role] = self.another(role)
        for role in roles:
            said = self.servers[role].wait_until_ready()
            if role == "webserver":
                self.client.close()
                self.client = httpx.Client(base_url=f"{said}/api/v1", timeout=_PATIENCE_SECONDS)

    def another(self, role: str, **environment: str) -> RoleServer:
        """Start one more server that the cluster does not know of."""
        words = ("--port", "0", "--no-indexer") if role == "webserver" else ()
        given = {**self._environment, **environment}
        return RoleServer(
            role, self.data_dir, *words, program=self._program, python=self.python, **given
        )

    def stop(self) -> dict[str, int]:
        """Stop all servers; return their exit codes."""
        self.client.close()
        return {role: server.stop() for role, server in self.servers.items()}

    def save(self, source: str) -> None:
        """Create a flow."""
        reply = self.client.post("/flows", content=source, headers=YAML)
        assert reply.status_code == 200, reply.text

    def begin(self, flow_id: str) -> str:
        """Start an execution and return its id."""
        reply = self.client.post(f"/executions/team/{flow_id}")
        assert reply.status_code == 200, reply.text
        return str(reply.json()["id"])

    def wait(self, execution_id: str, until: Callable[[Any], bool]) -> Any:
        """Return an execution once it is as wanted."""
        return eventually(lambda: self.client.get(f"/executions/{execution_id}").json(), until)


def eventually(read: Callable[[], Any], until: Callable[[Any], bool]) -> Any:
    """Return what is read once it is as wanted."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not until(found := read()):
        assert time.monotonic() < deadline, found
        time.sleep(0.05)
    return found


def is_over(execution: Any) -> bool:
    """Whether an execution has ended."""
    return execution["state"]["current"] in ("SUCCESS", "FAILED", "WARNING", "KILLED")


def runs(task_id: str) -> Callable[[Any], bool]:
    """Return a condition: a task run of this task is RUNNING."""

    def holds(execution: Any) -> bool:
        return any(
            item["taskId"] == task_id and item["state"]["current"] == "RUNNING"
            for item in execution.get("taskRunList") or ()
        )

    return holds
