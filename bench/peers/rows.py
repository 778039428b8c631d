"""What is measured, and the rows that measurements are kept in."""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

QUIET = 0.2
"""Share of the processors that others may use before a figure counts as one of a busy machine."""


@dataclass(frozen=True)
class Measure:
    """A kind of work that every peer does.

    Attributes:
        more_is_better: Rates; everything else is better when it is less.
    """

    key: str
    title: str
    unit: str
    more_is_better: bool = False

    def is_better(self, one: float, other: float) -> bool:
        """Whether ``one`` beats ``other``."""
        return one > other if self.more_is_better else one < other


MEASURES = (
    Measure("start", "Cold start: from the command to its first answer", "s"),
    Measure("memory", "Idle memory: PSS of every process that is needed", "MB"),
    Measure("light", "Forty light tasks in sequence: fib(10) each", "s"),
    Measure("heavy", "Ten tasks of real work in sequence: fib(33) each", "s"),
    Measure("fan", "A hundred tasks that do nothing, side by side in one run", "s"),
    Measure("burst", "Many runs of one task, started at once", "runs/s", more_is_better=True),
    Measure("latency", "From the request to the first line of the task", "s"),
    Measure("shell", "Twenty shell tasks in sequence: echo hi", "s"),
    Measure("load", "A month of taxi trips, 630,000 rows, into PostgreSQL", "s"),
)
BY_KEY = {measure.key: measure for measure in MEASURES}


@dataclass(frozen=True)
class Trial:
    """One thing to measure.

    Attributes:
        what: How it was done, in a few words.
        run: Does it once and returns the figure, in the unit of its measure.
        command: What a reader may type to do the same, or the request that was sent.
        times: How often it is done where three repetitions are asked for.
        is_main: Whether it stands for its peer in comparisons. Others are told beside it.
        peer: Another name to keep it under than that of the peer that offers it.
    """

    what: str
    run: Callable[[], float]
    command: str
    times: int = 3
    is_main: bool = True
    peer: str = ""


@dataclass(frozen=True)
class Row:
    """The figures of one trial.

    Attributes:
        values: In the unit of the measure, in the order they were taken; none if it failed.
        busy: Largest share of the processors that was in use just before a repetition.
        taken: UTC, ISO 8601.
        failure: Why there are no values.
    """

    peer: str
    measure: str
    what: str
    version: str
    command: str
    values: tuple[float, ...]
    busy: float
    taken: str
    is_main: bool = True
    failure: str = ""

    @property
    def median(self) -> float:
        """The median of the values."""
        return statistics.median(self.values)

    @property
    def name(self) -> tuple[str, str, str]:
        """What makes a later row take the place of this one."""
        return self.measure, self.peer, self.what


def newest(rows: Iterable[Row]) -> list[Row]:
    """Return the last row of each name, where that name came first."""
    kept: dict[tuple[str, str, str], Row] = {}
    for row in rows:
        kept[row.name] = row
    return list(kept.values())


def load(path: Path) -> list[Row]:
    """Read rows of a file; none if there is no file."""
    if not path.exists():
        return []
    found = [json.loads(line) for line in path.read_text().splitlines()]
    return [Row(**{**item, "values": tuple(item["values"])}) for item in found]


def append(path: Path, row: Row) -> None:
    """Write a row behind the others."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        file.write(json.dumps(asdict(row)) + "\n")
