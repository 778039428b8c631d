"""``tiercel doctor``: what is there of what Tiercel stands on, and how to mend what is not."""

from __future__ import annotations

import json
import os
import platform
import shutil
import socket
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from rich.markup import escape

from tiercel.cli.console import out
from tiercel.cli.tables import show_data
from tiercel.model.errors import TiercelError

if TYPE_CHECKING:
    from tiercel.services.node import NodeOptions

GOOD, WARNING, BAD = "good", "warning", "bad"
_SIGNS = {GOOD: "[green]✓[/]", WARNING: "[yellow]⚠[/]", BAD: "[bold red]✘[/]"}
_NEEDED_BYTES = 1 << 30
_SECONDS = 5
_DOCKER = "/var/run/docker.sock"


@dataclass(frozen=True, slots=True)
class UrlForm:
    """What the address of a server looks like, and the option that gives it."""

    option: str
    schemes: tuple[str, ...]
    example: str

    def place(self, url: str) -> str:
        """Return host and port of an address; empty when it is none."""
        try:
            parts = urlsplit(url)
            port = parts.port or "default port"
        except ValueError:
            return ""
        host = parts.hostname or "localhost"
        return f"{host}:{port}" if parts.scheme in self.schemes else ""


_DATABASE_URL = UrlForm(
    "--database-url", ("postgresql", "postgres"), "postgresql://user:password@host:5432/database"
)
_BUS_URL = UrlForm("--bus-url", ("nats", "tls", "ws", "wss"), "nats://user:password@host:4222")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        state: ``good``, ``warning`` (something won't work) or ``bad`` (nothing will).
        mend: What to do; empty when it is good.
    """

    name: str
    state: str
    found: str
    mend: str = ""


def examine(options: NodeOptions, port: int) -> list[Finding]:
    """Look at everything; one thing that is missing stops nothing."""
    looks: list[Callable[[], Finding]] = [
        _python,
        lambda: _data_folder(options.data_dir),
        lambda: _disk(options.data_dir),
        lambda: _postgres(options.database_url),
        lambda: _nats(options.bus_url, options.bus_credentials),
        _uv,
        _docker,
        lambda: _port("API", port, lambda: _who(port), "choose another with --port"),
    ]
    if not options.database_url:
        looks.append(
            lambda: _port(
                "PostgreSQL",
                5432,
                lambda: "another program",
                "nothing to do: the embedded one takes another port",
            )
        )
    return [look() for look in looks]


def show(findings: Sequence[Finding], output: str) -> int:
    """Print what was found; return 1 when something needed is missing."""
    if output != "table":
        show_data([asdict(item) for item in findings], output)
    else:
        width = max(len(item.name) for item in findings)
        for item in findings:
            out.print(f"{_SIGNS[item.state]} {item.name.ljust(width)}  {escape(item.found)}")
            if item.mend:
                out.print(f"  {' ' * width}  [dim]→ {escape(item.mend)}[/]")
    return 1 if any(item.state == BAD for item in findings) else 0


def _python() -> Finding:
    import tiercel

    found = f"{platform.python_version()}, {platform.system()} {platform.machine()}"
    return Finding("Python", GOOD, f"{found}, {Path(tiercel.__file__).parent}")


def _data_folder(folder: Path) -> Finding:
    existing = next(item for item in (folder, *folder.parents) if item.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        mend = f"make {existing} writable, or name another folder with --data-dir"
        return Finding("data folder", BAD, f"{folder}: {existing} can't be written to", mend)
    found = str(folder) if existing == folder else f"{folder}, made at the first start"
    return Finding("data folder", GOOD, found)


def _disk(folder: Path) -> Finding:
    existing = next(item for item in (folder, *folder.parents) if item.exists())
    free = shutil.disk_usage(existing).free
    found = f"{free / (1 << 30):.1f} GiB free"
    if free < _NEEDED_BYTES:
        return Finding("disk", BAD, found, f"free at least 1 GiB on the disk of {existing}")
    return Finding("disk", GOOD, found)


def _postgres(url: str) -> Finding:
    if url:
        return _answers("PostgreSQL", url, _ask_postgres, _DATABASE_URL)
    from tiercel.embedded.binaries import find_postgres

    try:
        programs = find_postgres()
    except TiercelError as error:
        return Finding("PostgreSQL", BAD, error.message, error.hint)
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        found = f"{programs.major} in {programs.folder}; it runs as another user than root"
        return Finding("PostgreSQL", GOOD, found)
    return Finding("PostgreSQL", GOOD, f"{programs.major} in {programs.folder}")


def _ask_postgres(url: str) -> str:
    import psycopg

    with psycopg.connect(url, connect_timeout=_SECONDS) as connection:
        row = connection.execute("SHOW server_version").fetchone()
    return str(row[0]) if row else "answers"


def _nats(url: str, credentials: Path | None) -> Finding:
    if url:
        ask = partial(_ask_nats, credentials=credentials)
        found = [_answers("NATS", item.strip(), ask, _BUS_URL) for item in url.split(",")]
        # one server of a cluster is enough to begin with
        return next((finding for finding in found if finding.state == GOOD), found[0])
    from tiercel.embedded.binaries import find_nats

    try:
        program = find_nats()
    except TiercelError as error:
        return Finding("NATS", BAD, error.message, error.hint)
    return Finding("NATS", GOOD, f"{_version(program, '--version')} in {program.parent}")


def _ask_nats(url: str, credentials: Path | None) -> str:
    """Greet a NATS server; its client would log every failed try with a stack trace."""
    place = urlsplit(url)
    with socket.create_connection((place.hostname or "", place.port or 4222), _SECONDS) as server:
        stream = server.makefile("rwb")
        info = json.loads(stream.readline().removeprefix(b"INFO "))
        if not info.get("tls_required"):
            login = {"user": unquote(place.username or ""), "pass": unquote(place.password or "")}
            if credentials is not None and "nonce" in info:
                login = _signed(credentials, info["nonce"])
            options = {"verbose": False, "pedantic": False, **login}
            stream.write(b"CONNECT %s\r\nPING\r\n" % json.dumps(options).encode())
            stream.flush()
            reply = stream.readline().decode().strip()
            if reply.startswith("-ERR"):
                raise ConnectionRefusedError(reply.removeprefix("-ERR "))
        return str(info["version"])


def _signed(credentials: Path, nonce: str) -> dict[str, str]:
    from tiercel.bus.credentials import Credentials

    given = Credentials(credentials)
    return {"sig": given.signature(nonce).decode(), "jwt": given.token().decode()}


def _answers(name: str, url: str, ask: Callable[[str], str], form: UrlForm) -> Finding:
    """Ask a server of the user's own for its version."""
    option, shown = form.option, form.place(url)
    if not shown:
        # nothing of it is shown: a password may stand where a port should
        mend = f"write it as {form.example}; without {option} an embedded one is used"
        return Finding(name, BAD, f"the URL of {option} can't be read", mend)
    try:
        version = ask(url)
    except Exception as error:  # noqa: BLE001  a driver may raise anything; it is what is shown
        reason = (str(error) or type(error).__name__).partition("\n")[0]
        mend = f"start it, or correct {option}; without {option} an embedded one is used"
        return Finding(name, BAD, f"{shown} does not answer: {reason}", mend)
    return Finding(name, GOOD, f"{version} at {shown}")


def _uv() -> Finding:
    try:
        from uv import find_uv_bin

        program = os.fsdecode(find_uv_bin())
    except (ImportError, FileNotFoundError):
        found = shutil.which("uv")
        if found is None:
            mend = "install it: pip install uv"
            return Finding("uv", WARNING, "not found: script tasks can't install packages", mend)
        program = found
    return Finding("uv", GOOD, _version(Path(program), "--version"))


def _docker() -> Finding:
    host = os.environ.get("DOCKER_HOST", f"unix://{_DOCKER}")
    works_without = "tasks run as processes; only those with a Docker task runner need it"
    try:
        version = _docker_version(host)
    except ValueError:
        mend = f"{works_without}: write DOCKER_HOST as unix:///path or tcp://host:2375"
        return Finding("Docker", WARNING, "the address in DOCKER_HOST can't be read", mend)
    except OSError as error:
        reason = error.strerror or str(error)
        mend = f"{works_without}: start Docker, or set DOCKER_HOST"
        if isinstance(error, PermissionError):
            mend = f"{works_without}: add your user to the group docker"
        return Finding("Docker", WARNING, f"{host}: {reason}", mend)
    return Finding("Docker", GOOD, f"{version} at {host}")


def _docker_version(host: str) -> str:
    """Ask the Docker daemon for its version."""
    place = urlsplit(host)
    if place.scheme == "unix":
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(_SECONDS)
            client.connect(place.path)
            return _docker_reply(client)
    with socket.create_connection(
        (place.hostname or "localhost", place.port or 2375), _SECONDS
    ) as client:
        return _docker_reply(client)


def _docker_reply(client: socket.socket) -> str:
    client.sendall(b"HEAD /_ping HTTP/1.0\r\nHost: docker\r\n\r\n")
    for line in client.recv(4096).decode("latin-1").splitlines():
        name, _, value = line.partition(":")
        if name.lower() == "server":
            return value.strip().partition(" (")[0]
    return "answers"


def _port(name: str, port: int, who: Callable[[], str], mend: str) -> Finding:
    from tiercel.embedded.ports import is_free

    title = f"port {port}"
    if port == 0 or is_free(port):
        return Finding(title, GOOD, f"free for {name}")
    return Finding(title, WARNING, f"in use by {who()}", mend)


def _who(port: int) -> str:
    """Return who serves HTTP on a port: a Tiercel server tells."""
    import httpx

    try:
        reply = httpx.get(f"http://127.0.0.1:{port}/ping", timeout=_SECONDS)
    except httpx.HTTPError:
        return "another program"
    return "a Tiercel server" if reply.text == "pong" else "another web server"


def _version(program: Path, option: str) -> str:
    done = subprocess.run(
        [program, option], capture_output=True, text=True, check=False, timeout=_SECONDS
    )
    return done.stdout.strip().partition("\n")[0] or program.name
