"""A real ``tiercel server local`` for measurements: started, asked over HTTP, stopped."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx


def free_port() -> int:
    """Return a TCP port of the loopback interface that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Server:
    """A running server process."""

    process: subprocess.Popen[bytes]
    client: httpx.Client
    data_dir: Path
    started_in: float

    @classmethod
    def start(cls, data_dir: Path) -> Server:
        """Start a server and wait for its first HTTP 200; ``started_in`` is how long that took."""
        port = free_port()
        client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=120)
        tiercel = Path(sys.executable).with_name("tiercel")
        began = time.perf_counter()
        process = subprocess.Popen(
            [tiercel, "server", "local", "--data-dir", data_dir, "--port", str(port)],
            stdout=subprocess.DEVNULL,
        )
        while True:
            try:
                if client.get("/health").status_code == 200:
                    break
            except httpx.TransportError:
                if process.poll() is not None:
                    raise SystemExit("the server ended before it answered") from None
            time.sleep(0.005)
        return cls(process, client, data_dir, time.perf_counter() - began)

    def stop(self) -> None:
        """Stop it as a user would, and wait."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)
        self.client.close()

    def save(self, source: str) -> None:
        """Create a flow."""
        self.client.post(
            "/api/v1/flows", content=source, headers={"content-type": "application/x-yaml"}
        ).raise_for_status()

    def run(self, flow: str, inputs: dict[str, str] | None = None) -> dict[str, Any]:
        """Run a flow of namespace ``bench`` to its end; return the execution."""
        files = {name: (None, value) for name, value in (inputs or {}).items()}
        answer = self.client.post(
            f"/api/v1/executions/bench/{flow}", params={"wait": "true"}, files=files or None
        )
        answer.raise_for_status()
        execution: dict[str, Any] = answer.json()
        if execution["state"]["current"] != "SUCCESS":
            raise SystemExit(f"{flow} ended {execution['state']['current']}")
        return execution

    def memory(self) -> dict[str, int]:
        """Return the PSS in bytes of every process of the server, by name and pid."""
        found: dict[str, int] = {}
        wanted = {self.process.pid, *_owners(self.data_dir)}
        grown = True
        while grown:
            more = {pid for pid, parent in _parents().items() if parent in wanted} - wanted
            wanted |= more
            grown = bool(more)
        for pid in wanted:
            text = Path(f"/proc/{pid}/smaps_rollup").read_text()
            name = Path(f"/proc/{pid}/comm").read_text().strip()
            pss = next(line for line in text.splitlines() if line.startswith("Pss:"))
            found[f"{name} {pid}"] = int(pss.split()[1]) * 1024
        return found


def _owners(data_dir: Path) -> set[int]:
    """Return the processes that work in or were started with a data folder."""
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                command = (entry / "cmdline").read_bytes().decode(errors="replace")
            except OSError:
                continue
            if str(data_dir) in command and int(entry.name) != os.getpid():
                found.add(int(entry.name))
    return found


def _parents() -> dict[int, int]:
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                text = (entry / "stat").read_text()
            except OSError:
                continue
            found[int(entry.name)] = int(text.rpartition(")")[2].split()[1])
    return found
