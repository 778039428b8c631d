"""Servers as users start them, and published clients of the original in several versions."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import httpx
import pytest

TIERCEL = Path(sys.executable).with_name("tiercel")
CLIENTS = Path(sys.prefix) / "clients"
USER, PASSWORD = "ops@example.org", "Open:Sesame1"


@dataclass(frozen=True, slots=True)
class Server:
    """A running server, and the login that it wants."""

    url: str
    user: str | None = None
    password: str | None = None

    def save(self, source: str) -> None:
        """Create or update a flow."""
        headers = {"content-type": "application/x-yaml"}
        self.call("POST", "/flows/bulk?delete=false", content=source, headers=headers)

    def call(self, method: str, path: str, **request: object) -> httpx.Response:
        """Send a request and return its good answer."""
        login = (self.user, self.password or "") if self.user else None
        request.setdefault("timeout", 60)
        reply = httpx.request(method, f"{self.url}/api/v1{path}", auth=login, **request)  # type: ignore[arg-type]
        assert reply.is_success, reply.text
        return reply


@contextmanager
def running(folder: Path, **variables: str) -> Iterator[str]:
    """Run a server, and give its base URL."""
    with subprocess.Popen(
        [TIERCEL, "server", "local", "--port", "0", "--data-dir", folder],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **variables},
    ) as process:
        assert process.stdout is not None
        line = next(line for line in process.stdout if line.startswith("Server Running: "))
        yield line.removeprefix("Server Running: ").strip()
        process.terminate()
        process.communicate(timeout=60)


@contextmanager
def imported(name: str, version: str) -> Iterator[ModuleType]:
    """Import one version of a client; afterwards another one may be."""
    folder = CLIENTS / f"{name}=={version}"
    if not folder.is_dir():
        pytest.skip(f"{folder.name} is not installed: run tools/bootstrap")
    helpers = ("exceptions",) if name == "kestra" else ()

    def forget() -> None:
        for module in list(sys.modules):
            if module.partition(".")[0] in (name, *helpers):
                del sys.modules[module]

    forget()
    sys.path.insert(0, str(folder))
    try:
        with warnings.catch_warnings(action="ignore"):
            module = importlib.import_module(name)
        yield module
    finally:
        sys.path.remove(str(folder))
        forget()
