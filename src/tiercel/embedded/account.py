"""The operating system account a server runs as: ours, or an unprivileged one when we are root."""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
from dataclasses import dataclass
from pathlib import Path

from tiercel.model.errors import ServerUnavailableError

_CANDIDATES = ("postgres", "nobody")
_COPIES = Path("/var/lib/tiercel/servers")
_UNUSED_PARTS = shutil.ignore_patterns("include", "__pycache__", "*.py")


@dataclass(frozen=True, slots=True)
class Account:
    """User and group of a server process."""

    uid: int
    gid: int

    @property
    def is_ours(self) -> bool:
        """True when the server runs as the user that we run as."""
        return self.uid == os.geteuid()

    def own(self, path: Path) -> None:
        """Give a file or folder that we just made to this account."""
        if not self.is_ours:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)


def account_for(folder: Path) -> Account:
    """Choose who runs the server whose files live in ``folder``.

    Root never runs a server (PostgreSQL refuses to): the owner of a folder that exists does, else
    the first of ``postgres`` and ``nobody`` that this machine has.

    Raises:
        ServerUnavailableError: We are root and the machine has neither account.
    """
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    if folder.exists() and (status := folder.stat()).st_uid != 0:
        return Account(status.st_uid, status.st_gid)
    for name in _CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise ServerUnavailableError(
        "Root can't run the database server, and this machine has neither the user 'postgres'"
        " nor 'nobody'.",
        hint="Start Tiercel as an ordinary user, or add one of the two users.",
    )


def within_reach(source: Path, account: Account) -> Path:
    """Return ``source`` (a program, or the folder of one), or a copy that ``account`` can read.

    An installation below root's home is closed to other users. Instead of opening it, its server
    programs are copied once to ``/var/lib/tiercel/servers``.

    Raises:
        ServerUnavailableError: The copy can't be made.
    """
    source = source.resolve()
    if account.is_ours or _can_reach(source, account):
        return source
    status = source.stat()
    key = f"{source}:{status.st_mtime_ns}:{status.st_ino}"
    copy = _COPIES / f"{source.name}-{hashlib.sha256(key.encode()).hexdigest()[:12]}"
    if not copy.exists():
        try:
            _publish(source, copy)
        except OSError as error:
            raise ServerUnavailableError(
                f"The server programs in {source} are closed to the user that has to run them,"
                f" and can't be copied to {copy}: {error.strerror}.",
                hint="Install Tiercel where other users may read it, for example in /opt,"
                " or start it as an ordinary user.",
            ) from error
    return copy


def _can_reach(path: Path, account: Account) -> bool:
    return all(_may_pass(step, account) for step in (path, *path.parents))


def _may_pass(path: Path, account: Account) -> bool:
    status = path.stat()
    if status.st_uid == account.uid:
        return bool(status.st_mode & 0o100)
    if status.st_gid == account.gid:
        return bool(status.st_mode & 0o010)
    return bool(status.st_mode & 0o001)


def _publish(source: Path, copy: Path) -> None:
    _COPIES.mkdir(parents=True, exist_ok=True, mode=0o755)
    draft = copy.with_name(f".{copy.name}.{os.getpid()}")
    if source.is_dir():
        shutil.rmtree(draft, ignore_errors=True)
        shutil.copytree(source, draft, symlinks=True, ignore=_UNUSED_PARTS)
    else:
        shutil.copy2(source, draft)
    for part in (draft, *draft.rglob("*")):
        if not part.is_symlink():
            _open_to_all(part)
    try:
        draft.rename(copy)
    except OSError:
        if not copy.exists():
            raise
        shutil.rmtree(draft, ignore_errors=True)


def _open_to_all(path: Path) -> None:
    mode = path.stat().st_mode
    path.chmod(mode | 0o444 | (0o111 if mode & 0o100 else 0))
