"""One sitting: every peer in turn does every piece of work, and each figure becomes a row."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import closing
from datetime import UTC, datetime
from subprocess import SubprocessError

import httpx

from bench.peers.peer import Peer
from bench.peers.processes import PeerError, busy_share
from bench.peers.rows import QUIET, Row, Trial

FAILURES = (PeerError, SubprocessError, httpx.HTTPError, OSError, SystemExit)
"""What a peer that breaks ends in, ours among them: the others are measured all the same."""
USUAL = 3
"""Repetitions that :attr:`Trial.times` is meant for."""
BUDGET_SECONDS = 180.0
"""A trial that has taken this long is not repeated again."""
_SETTLE_SECONDS = 10.0


def sit(peer: Peer, wanted: Collection[str], repeats: int) -> Iterator[Row]:
    """Measure a peer; yield each row as soon as it is known.

    Args:
        wanted: Keys of measures.
        repeats: How often each trial is done; short ones more often, in proportion.
    """
    version = peer.version()
    try:
        with closing(peer.stages()) as stages:
            for offered in stages:
                for key in [key for key in offered if key in wanted]:
                    for trial in offered[key]:
                        yield taken(peer.title, version, key, trial, repeats)
    except FAILURES as error:
        sys.stderr.write(f"{peer.key} stopped: {error}\n")


def taken(
    title: str,
    version: str,
    key: str,
    trial: Trial,
    repeats: int,
    *,
    busy: Callable[[], float] | None = None,
) -> Row:
    """Do a trial; return its row, which tells why if it failed."""
    measure_busy = busy or settled
    values: list[float] = []
    busiest, failure = 0.0, ""
    began = time.monotonic()
    for _ in range(repetitions(trial.times, repeats)):
        busiest = max(busiest, measure_busy())
        try:
            values.append(trial.run())
        except FAILURES as error:
            # an address is of this run alone
            failure = f"{type(error).__name__}: {error}".splitlines()[0].partition(" for url ")[0]
            break
        if time.monotonic() - began > BUDGET_SECONDS:
            break
    return Row(
        peer=trial.peer or title,
        measure=key,
        what=trial.what,
        version="" if trial.peer else version,
        command=trial.command,
        values=tuple(round(value, 6) for value in values),
        busy=round(busiest, 3),
        taken=datetime.now(UTC).isoformat(timespec="seconds"),
        is_main=trial.is_main,
        failure=failure,
    )


def repetitions(times: int, repeats: int) -> int:
    """Return how often a trial is done that is done ``times`` times in a usual sitting."""
    return max(1, math.ceil(times * repeats / USUAL))


def settled() -> float:
    """Wait a while for a quiet machine; return the share of it that others still use."""
    ends = time.monotonic() + _SETTLE_SECONDS
    while (share := busy_share()) > QUIET and time.monotonic() < ends:
        pass
    return share
