"""The embedded NATS server: JetStream in the data folder, loopback address, password."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import socket
from pathlib import Path
from signal import SIGKILL, SIGTERM
from typing import TYPE_CHECKING, ClassVar

from tiercel.embedded.account import within_reach
from tiercel.embedded.binaries import find_nats
from tiercel.embedded.ports import LOOPBACK
from tiercel.embedded.processes import read_pid
from tiercel.embedded.shared import SharedServer

if TYPE_CHECKING:
    from signal import Signals

    from tiercel.embedded.account import Account

USER = "tiercel"
MAX_PAYLOAD_BYTES = 8 * 1024 * 1024

_MOST_STORED_BYTES = 64 * 1024**3
_ROOM_BYTES = 64 * 1024**2
_LOG_END_BYTES = 64 * 1024
_STARTED, _FULL = b"Server is ready", b"no space left on device"
_ANSWER_SECONDS = 1.0
_GREETING_BYTES = 64 * 1024
_CONFIGURATION = "nats.conf"
_PID_FILE = "nats.pid"


class NatsServer(SharedServer):
    """NATS in ``folder``, with JetStream and the user ``tiercel``."""

    name: ClassVar[str] = "NATS"
    stop_signals: ClassVar[tuple[tuple[Signals, float], ...]] = ((SIGTERM, 20.0), (SIGKILL, 10.0))

    @property
    def work_folder(self) -> Path:
        """Configuration and streams; all paths in the configuration are relative to it."""
        return self.home

    @property
    def bus_url(self) -> str:
        """URL with user and password."""
        return f"nats://{USER}:{self.password}@{LOOPBACK}:{self.port}"

    @property
    def _server_name(self) -> str:
        return "tiercel-" + hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:12]

    def _prepare(self, account: Account) -> None:
        self._make_folder(self.home / "streams", account)

    def _command(self, account: Account, port: int) -> list[str]:
        self._write_configuration(account, port)
        self.port = port
        return [str(within_reach(find_nats(), account)), "-c", _CONFIGURATION]

    def _write_configuration(self, account: Account, port: int) -> None:
        settings = {
            "server_name": self._server_name,
            "listen": f"{LOOPBACK}:{port}",
            "pid_file": _PID_FILE,
            "max_payload": MAX_PAYLOAD_BYTES,
            "authorization": {"user": USER, "password": self.password},
            "jetstream": {
                "store_dir": "streams",
                "max_memory_store": 64 * 1024 * 1024,
                # By default three quarters of what is free: on a small disk less than the streams
                # may grow to, and then they are not made at all.
                "max_file_store": _MOST_STORED_BYTES,
            },
        }
        path = self.home / _CONFIGURATION
        # A new file every time: an old one belongs to the server's account, which could have made
        # it a link.
        path.unlink(missing_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "w") as file:
            json.dump(settings, file, indent=2)
        account.own(path)

    def _pid(self) -> int | None:
        return read_pid(self.home / _PID_FILE)

    def _is_ready(self) -> bool:
        if self.port == 0:
            self.port = self._saved_port()
        try:
            with socket.create_connection((LOOPBACK, self.port), timeout=_ANSWER_SECONDS) as client:
                greeting = client.recv(_GREETING_BYTES)
        except OSError:
            return False
        # Another program may listen on the port; the name tells our server from any other.
        return greeting.startswith(b"INFO ") and f'"{self._server_name}"'.encode() in greeting

    def _has_given_up(self) -> bool:
        # A stream that once found the disk full takes nothing any more until the next start, though
        # there is room again. Only the log tells.
        since_start = self._log_end(_LOG_END_BYTES).rpartition(_STARTED)[2]
        return _FULL in since_start and shutil.disk_usage(self.home).free > _ROOM_BYTES

    def _saved_port(self) -> int:
        try:
            return int((self.folder / "port").read_text())
        except (FileNotFoundError, ValueError):
            return 0

    def _clear_remains(self) -> None:
        (self.home / _PID_FILE).unlink(missing_ok=True)
