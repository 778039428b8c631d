"""The embedded PostgreSQL server: made once, tuned for a small machine, by socket and TCP."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path
from signal import SIGINT, SIGKILL, SIGQUIT
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import quote

from tiercel.embedded.account import within_reach
from tiercel.embedded.binaries import PostgresPrograms, find_postgres
from tiercel.embedded.processes import read_pid, working_directory_alias, works_in
from tiercel.embedded.shared import SharedServer, as_account, server_environment
from tiercel.model.errors import ServerUnavailableError

if TYPE_CHECKING:
    from signal import Signals

    from tiercel.embedded.account import Account

SUPERUSER = "postgres"
DATABASE = "tiercel"

_SOCKET_PATH_BYTES = 107
_SHORT_BASE_BYTES = _SOCKET_PATH_BYTES - len("/tiercel-4294967295/0123456789abcdef/.s.PGSQL.65535")
_STATUS_LINE = 7
_PORT_LINE = 3

_SETTINGS = {
    # Memory and processes: a laptop's share. Durability stays as PostgreSQL has it: fsync and
    # synchronous_commit on.
    "max_connections": "60",
    "shared_buffers": "32MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "effective_cache_size": "1GB",
    "wal_buffers": "4MB",
    "max_worker_processes": "4",
    "max_parallel_workers": "2",
    "autovacuum_max_workers": "2",
    "huge_pages": "off",
    "jit": "off",
    # One server without replicas: less log to write, and none of the processes that serve them.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_logical_replication_workers": "0",
    "wal_compression": "on",
    "max_wal_size": "1GB",
    "min_wal_size": "32MB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    # Messages are for the person who looks into the log after a failure.
    "log_checkpoints": "off",
    "log_min_messages": "warning",
    "log_timezone": "UTC",
    "timezone": "UTC",
    "lc_messages": "C",
    "default_text_search_config": "pg_catalog.english",
    "datestyle": "iso, mdy",
}
_SETTINGS_18 = {"io_method": "sync", "autovacuum_worker_slots": "2"}
_CONFIGURATION_HEAD = """\
# Written once, when the database was made; yours to change. Tiercel sets port, listen_addresses and
# the socket's folder on the command line.
"""


class PostgresServer(SharedServer):
    """PostgreSQL in ``folder``, with the superuser ``postgres`` and the database ``tiercel``."""

    name: ClassVar[str] = "PostgreSQL"
    # Fast shutdown ends sessions and writes everything; immediate relies on recovery at the next
    # start.
    stop_signals: ClassVar[tuple[tuple[Signals, float], ...]] = (
        (SIGINT, 60.0),
        (SIGQUIT, 10.0),
        (SIGKILL, 10.0),
    )

    @property
    def work_folder(self) -> Path:
        """The database's files. PostgreSQL works in there by itself, too."""
        return self.home / "data"

    @property
    def database_url(self) -> str:
        """URL over the unix socket: its folder is closed to others, it asks for no password."""
        host = quote(str(self._client_socket_folder()), safe="/")
        return f"postgresql://{SUPERUSER}@/{DATABASE}?host={host}&port={self.port}"

    @property
    def tcp_url(self) -> str:
        """URL over TCP on the loopback address, with the password."""
        return f"postgresql://{SUPERUSER}:{self.password}@127.0.0.1:{self.port}/{DATABASE}"

    @property
    def _socket_folder(self) -> Path:
        return self.home / "run"

    def _client_socket_folder(self) -> Path:
        longest = self._socket_folder / f".s.PGSQL.{self.port}"
        if len(os.fsencode(longest)) <= _SOCKET_PATH_BYTES:
            return self._socket_folder
        return _short_name(self._socket_folder)

    def _prepare(self, account: Account) -> None:
        self._make_folder(self._socket_folder, account)
        if (self.work_folder / "PG_VERSION").exists():
            return
        # Made beside its place and moved there when whole: a first start that was killed leaves
        # nothing half made.
        draft = self.home / "data.new"
        shutil.rmtree(draft, ignore_errors=True)
        self._make_folder(draft, account)
        _make_database(find_postgres(), draft, account, self.password)
        draft.rename(self.work_folder)

    def _command(self, account: Account, port: int) -> list[str]:
        written_by = int((self.work_folder / "PG_VERSION").read_text())
        return [
            str(_reachable(find_postgres(written_by), account) / "postgres"),
            *("-D", _seen_by(account, self.work_folder)),
            *("-c", "listen_addresses=127.0.0.1"),
            *("-c", f"port={port}"),
            # Relative to the data: no limit on the length of the path, no parent to be opened.
            *("-c", "unix_socket_directories=../run"),
            *("-c", "unix_socket_permissions=0700"),
        ]

    def _pid(self) -> int | None:
        return read_pid(self.work_folder / "postmaster.pid")

    def _is_ready(self) -> bool:
        try:
            lines = (self.work_folder / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        if len(lines) <= _STATUS_LINE or lines[_STATUS_LINE].strip() != "ready":
            return False
        self.port = int(lines[_PORT_LINE])
        return works_in(int(lines[0]), self.work_folder)

    def _clear_remains(self) -> None:
        # PostgreSQL judges these files by process id alone and takes a zombie or a reused id for a
        # living server.
        (self.work_folder / "postmaster.pid").unlink(missing_ok=True)
        for remnant in self._socket_folder.glob(".s.PGSQL.*"):
            remnant.unlink()


def _reachable(programs: PostgresPrograms, account: Account) -> Path:
    return within_reach(programs.tree, account) / programs.folder.name


def _seen_by(account: Account, folder: Path) -> str:
    return str(folder) if account.is_ours else working_directory_alias(folder)


def _make_database(
    programs: PostgresPrograms, folder: Path, account: Account, password: str
) -> None:
    """Make a cluster with password and database in an empty folder, and write it all to disk."""
    binaries = _reachable(programs, account)
    seen = _seen_by(account, folder)
    locale = (
        ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
        if programs.major >= 17
        else ("--locale=C.UTF-8",)
    )
    initdb = (str(binaries / "initdb"), "-D", seen)
    rights = ("--auth-local=trust", "--auth-host=scram-sha-256")
    # Each step leaves out its own writing to disk; the last one does it for all of them.
    _run_in(
        folder,
        account,
        (
            *initdb,
            "-U",
            SUPERUSER,
            "-E",
            "UTF8",
            *locale,
            *rights,
            "--no-sync",
            "--no-instructions",
        ),
    )
    configuration = folder / "postgresql.conf"
    configuration.write_text(_configuration(programs.major))
    _run_in(
        folder,
        account,
        (str(binaries / "postgres"), "--single", "-F", "-D", seen, "postgres"),
        f"ALTER ROLE {SUPERUSER} PASSWORD '{password}'\nCREATE DATABASE {DATABASE}\n",
    )
    _run_in(folder, account, (*initdb, "--sync-only"))


def _configuration(major: int) -> str:
    settings = {**_SETTINGS, **(_SETTINGS_18 if major >= 18 else {})}
    return _CONFIGURATION_HEAD + "".join(f"{key} = '{value}'\n" for key, value in settings.items())


def _run_in(folder: Path, account: Account, command: tuple[str, ...], stdin: str = "") -> None:
    done = subprocess.run(
        command,
        cwd=folder,
        env=server_environment(),
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        **as_account(account),
    )
    if done.returncode != 0 or "ERROR:" in done.stderr:
        raise ServerUnavailableError(
            f"The database could not be made: {done.stderr.strip() or done.stdout.strip()}",
            hint="Mend the cause and start again; nothing was left half made.",
            program=Path(command[0]).name,
        )


def _short_base() -> Path:
    """Return the folder of temporary files whose path is short enough for a link to a socket."""
    wanted = os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()
    return Path(wanted if len(os.fsencode(wanted)) <= _SHORT_BASE_BYTES else "/tmp")  # noqa: S108


def _short_name(folder: Path) -> Path:
    """Return a short path to ``folder``: a link in a private folder among the temporary files.

    The path of a unix socket has at most 107 bytes, whatever the file system allows.

    Raises:
        ServerUnavailableError: The private folder belongs to somebody else or is open to others.
    """
    private = _short_base() / f"tiercel-{os.geteuid()}"
    private.mkdir(mode=0o700, exist_ok=True)
    status = private.lstat()
    is_private = status.st_uid == os.geteuid() and not status.st_mode & 0o077
    if not stat.S_ISDIR(status.st_mode) or not is_private:
        raise ServerUnavailableError(
            f"{private} is not a folder that only you can enter.",
            hint="Remove it, or give a data folder with a shorter path with --data-dir.",
        )
    link = private / hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    if not link.is_symlink() or link.readlink() != folder:
        draft = link.with_suffix(f".{os.getpid()}")
        draft.unlink(missing_ok=True)
        draft.symlink_to(folder)
        draft.rename(link)
    return link
