"""Finding all processes that a command started, also those that left its process group."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

_PROC = Path("/proc")


class Member(NamedTuple):
    """One process; with its start time it stays the same one when its id is given out again."""

    pid: int
    started: int


class _Stat(NamedTuple):
    member: Member
    parent: int
    session: int
    is_zombie: bool


def members(leader: int) -> set[Member]:
    """Return the living processes of the leader's session and all living descendants of the leader.

    Empty where there is no ``/proc``; the process group is then all that can be reached.
    """
    stats = _read_all()
    children: dict[int, list[int]] = {}
    for stat in stats.values():
        children.setdefault(stat.parent, []).append(stat.member.pid)
    family = {pid for pid, stat in stats.items() if leader in (stat.session, pid)}
    waiting = list(family)
    while waiting:
        for child in children.get(waiting.pop(), ()):
            if child not in family:
                family.add(child)
                waiting.append(child)
    return {stats[pid].member for pid in family if pid in stats and not stats[pid].is_zombie}


def left_behind(leader: int) -> dict[int, str]:
    """Return ids and names of what still runs in the session of a leader that has ended.

    Empty where there is no ``/proc``.
    """
    try:
        os.killpg(leader, 0)
    except (ProcessLookupError, PermissionError):
        # Nobody is left in its group: the common case, and it needs no look at all processes.
        return {}
    return {member.pid: _name(member.pid) for member in members(leader)}


def is_alive(member: Member) -> bool:
    """Whether the process still runs; a zombie does not."""
    stat = _read(member.pid)
    return stat is not None and stat.member == member and not stat.is_zombie


def send(known: set[Member], leader: int, number: signal.Signals) -> None:
    """Signal the leader's process group and every member; those that are gone are passed over."""
    living = {member for member in known if is_alive(member)}
    # While one member of the session lives, the leader's id can't be given to a stranger.
    if living or not _PROC.is_dir():
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(leader, number)
    for member in living:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(member.pid, number)


def _name(pid: int) -> str:
    try:
        return (_PROC / str(pid) / "comm").read_text(encoding="utf-8", errors="replace").strip()
    except (FileNotFoundError, ProcessLookupError):
        return "gone"


def _read_all() -> dict[int, _Stat]:
    if not _PROC.is_dir():
        return {}
    found = (_read(int(entry.name)) for entry in _PROC.iterdir() if entry.name.isdigit())
    return {stat.member.pid: stat for stat in found if stat is not None}


def _read(pid: int) -> _Stat | None:
    try:
        text = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return None
    # The name in parentheses may hold blanks and parentheses of its own.
    fields = text.rpartition(")")[2].split()
    return _Stat(
        Member(pid, int(fields[19])), int(fields[1]), int(fields[3]), fields[0] in ("Z", "X")
    )
