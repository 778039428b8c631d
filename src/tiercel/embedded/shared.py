"""One server process, shared by all Tiercel processes that use the same data folder.

Three lock files carry the whole protocol (see :mod:`tiercel.embedded.locks` for why they can't be
stale):

- ``start.lock`` is held while a process looks, starts or stops: one does so at a time;
- ``users.lock`` is held shared by every process that uses the server. Whoever, on leaving, gets it
  alone was the last user and stops the server. A user that is killed drops its hold;
- ``alive.lock`` is held by the server process itself and its children, which are handed the open
  file. As long as it is held, some process of the server lives.

The server is a child in a session of its own: it gets no Ctrl-C from the terminal and outlives us
if we are killed; the next process finds it and uses it.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import threading
import time
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from tiercel.embedded import ports
from tiercel.embedded.account import Account, account_for
from tiercel.embedded.locks import FileLock
from tiercel.embedded.processes import works_in
from tiercel.model.errors import ServerUnavailableError

if TYPE_CHECKING:
    from pathlib import Path
    from signal import Signals

_POLL_SECONDS = 0.002
_START_SECONDS = 120.0
_PORT_ATTEMPTS = 3
_LOG_BYTES = 4 * 1024 * 1024
_PASSED_ON = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")


class SharedServer(ABC):
    """A server program with its own folder below the data folder.

    Args:
        folder: Holds the locks, the password, the port and the log (mode 0700, ours), and the
            folder ``server`` with everything that the server itself reads and writes (mode 0700,
            the server account's).
        preferred_port: Port to take at the first start if it is free; 0 takes any.
    """

    name: ClassVar[str]
    stop_signals: ClassVar[tuple[tuple[Signals, float], ...]]
    """Signals that end the server, mildest first, each with the seconds it is given."""

    def __init__(self, folder: Path, *, preferred_port: int = 0) -> None:
        self.folder = folder
        self.port = 0
        self._preferred_port = preferred_port
        self._users: FileLock | None = None

    @property
    def home(self) -> Path:
        """The folder that belongs to the server's account."""
        return self.folder / "server"

    @property
    @abstractmethod
    def work_folder(self) -> Path:
        """The working directory of the server process."""

    @property
    def password(self) -> str:
        """The password that clients give over TCP."""
        return (self.folder / "password").read_text().strip()

    def acquire(self) -> None:
        """Become a user of the server, starting it if it does not run. Blocks until it answers.

        Raises:
            ServerUnavailableError: It can't be started; the message says why.
        """
        if self._users is not None:
            return
        try:
            self._prepare_folders()
            with FileLock(self.folder / "start.lock").exclusive():
                users = FileLock(self.folder / "users.lock").shared()
                try:
                    self._ensure_running()
                except BaseException:
                    users.close()
                    raise
                self._users = users
        except OSError as error:
            raise self._folder_error(error) from error

    def revive(self) -> bool:
        """Start the server again if it died or gave up while we use it; True when it had to be."""
        with FileLock(self.folder / "start.lock").exclusive():
            if self._users is None:
                return False
            if self._has_given_up():
                self._stop()
            elif self._is_ready():
                return False
            self._ensure_running()
            return True

    def release(self) -> None:
        """Stop using the server. The last user stops it, and returns when it has ended."""
        if self._users is None:
            return
        with FileLock(self.folder / "start.lock").exclusive():
            users, self._users = self._users, None
            with users:
                if users.try_exclusive():
                    self._stop()

    # What a server of this kind is.

    @abstractmethod
    def _prepare(self, account: Account) -> None:
        """Make what the first start needs; called with nothing running."""

    @abstractmethod
    def _command(self, account: Account, port: int) -> list[str]:
        """Return the command that runs the server in the foreground, from :attr:`work_folder`."""

    @abstractmethod
    def _pid(self) -> int | None:
        """Return the process id that the server wrote down, None when there is none."""

    @abstractmethod
    def _is_ready(self) -> bool:
        """Tell whether our server answers now, and note its port."""

    def _has_given_up(self) -> bool:
        """Tell whether it answers, but does no work until it is started again."""
        return False

    @abstractmethod
    def _clear_remains(self) -> None:
        """Remove what a killed server left behind; called with nothing running."""

    # Starting.

    def _prepare_folders(self) -> None:
        for folder in (self.folder.parent, self.folder):
            if not folder.exists():
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        password = self.folder / "password"
        if not password.exists():
            draft = self.folder / f"password.{os.getpid()}"
            draft.touch(mode=0o600)
            draft.write_text(secrets.token_urlsafe(24))
            try:
                password.hardlink_to(draft)
            except FileExistsError:
                return
            finally:
                draft.unlink()

    def _ensure_running(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while self._is_occupied():
            if self._is_ready():
                return
            if time.monotonic() > deadline:
                raise ServerUnavailableError(
                    f"A {self.name} server works in {self.work_folder} but does not answer.",
                    hint=f"Look into {self._log_path}; stop the process and start again.",
                    pid=self._pid(),
                )
            time.sleep(_POLL_SECONDS)
        self._start()

    def _is_occupied(self) -> bool:
        pid = self._pid()
        if pid is not None and works_in(pid, self.work_folder):
            return True
        with FileLock(self.folder / "alive.lock") as alive:
            return not alive.try_exclusive()

    def _start(self) -> None:
        account = account_for(self.home)
        self._make_folder(self.home, account)
        self._prepare(account)
        self._clear_remains()
        for _ in range(_PORT_ATTEMPTS):
            port = self._choose_port()
            log_start = self._rotate_log()
            if self._await_ready(self._spawn(self._command(account, port), account)):
                (self.folder / "port").write_text(f"{port}\n")
                return
            if ports.is_free(port):
                break
        raise ServerUnavailableError(
            f"{self.name} did not start: {self._log_tail(log_start)}",
            hint=f"The whole log is in {self._log_path}.",
        )

    def _make_folder(self, folder: Path, account: Account) -> None:
        if not folder.exists():
            folder.mkdir(mode=0o700)
            account.own(folder)

    def _choose_port(self) -> int:
        try:
            saved = int((self.folder / "port").read_text())
        except (FileNotFoundError, ValueError):
            saved = self._preferred_port
        return saved if saved and ports.is_free(saved) else ports.any_free()

    def _spawn(self, command: list[str], account: Account) -> subprocess.Popen[bytes]:
        with (
            FileLock(self.folder / "alive.lock").exclusive() as alive,
            self._log_path.open("ab") as log,
        ):
            child = subprocess.Popen(
                command,
                cwd=self.work_folder,
                env=server_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(alive.fd,),
                start_new_session=True,
                umask=0o077,
                **as_account(account),
            )
        # Reaps the process whenever it ends; as a daemon it does not keep us from leaving before
        # it.
        threading.Thread(target=child.wait, name=f"{self.name} exit", daemon=True).start()
        return child

    def _await_ready(self, child: subprocess.Popen[bytes]) -> bool:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline and child.returncode is None:
            if self._is_ready():
                return True
            time.sleep(_POLL_SECONDS)
        if child.returncode is None:
            child.kill()
        return False

    # Stopping.

    def _stop(self) -> None:
        for signal, patience in self.stop_signals:
            pid = self._pid()
            if pid is None or not works_in(pid, self.work_folder):
                return
            os.kill(pid, signal)
            deadline = time.monotonic() + patience
            while time.monotonic() < deadline:
                if not self._is_occupied():
                    return
                time.sleep(_POLL_SECONDS)
        raise ServerUnavailableError(
            f"The {self.name} server in {self.work_folder} does not stop.",
            hint=f"Look into {self._log_path}.",
            pid=self._pid(),
        )

    # The log.

    @property
    def _log_path(self) -> Path:
        return self.folder / "server.log"

    def _rotate_log(self) -> int:
        if not self._log_path.exists():
            self._log_path.touch(mode=0o600)
        size = self._log_path.stat().st_size
        if size < _LOG_BYTES:
            return size
        shutil.move(self._log_path, self._log_path.with_suffix(".old.log"))
        return 0

    def _log_tail(self, start: int) -> str:
        with self._log_path.open("rb") as log:
            log.seek(start)
            lines = log.read().decode(errors="replace").strip().splitlines()
        return " / ".join(lines[-5:]) or "it ended without a word."

    def _log_end(self, size: int) -> bytes:
        """Return the last bytes of the log."""
        with self._log_path.open("rb") as log:
            log.seek(max(0, self._log_path.stat().st_size - size))
            return log.read()

    def _folder_error(self, error: OSError) -> ServerUnavailableError:
        where = error.filename or self.folder
        return ServerUnavailableError(
            f"{self.name} can't work in {self.folder}: {error.strerror or error} ({where}).",
            hint="Give another folder with --data-dir, or mend the owner and mode of this one.",
        )


def server_environment() -> dict[str, str]:
    """Return the environment of a server program: nothing of ours but the search paths."""
    kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return {**kept, "TZ": "UTC", "LC_ALL": "C"}


def as_account(account: Account) -> dict[str, Any]:
    """Return the arguments of ``subprocess`` that run a program as ``account``."""
    if account.is_ours:
        return {}
    return {"user": account.uid, "group": account.gid, "extra_groups": []}
