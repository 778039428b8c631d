"""Run as a script: random templates for as long as wanted, another seed each time.

``python tests/property/expressions/fuzz.py 60`` runs for 60 seconds. Anything but an expression
error, and any template that takes over ten seconds, ends it with the template.
"""

from __future__ import annotations

import signal
import sys
import time
from types import FrameType

from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from templates import CONTEXT, SOUPS, TEMPLATES

from tiercel.expressions import ExpressionError, inspect, render, render_typed

_SLOWEST_SECONDS = 10


def _too_slow(number: int, frame: FrameType | None) -> None:
    raise AssertionError(f"a template takes over {_SLOWEST_SECONDS} seconds")


def fuzz(seconds: float, first_seed: int) -> int:
    """Render random templates; returns how many."""
    signal.signal(signal.SIGALRM, _too_slow)
    end = time.monotonic() + seconds
    count = 0
    number = first_seed

    @settings(
        max_examples=500, database=None, deadline=None, suppress_health_check=list(HealthCheck)
    )
    @given(st.one_of(SOUPS, TEMPLATES, TEMPLATES))
    def one(template: str) -> None:
        nonlocal count
        count += 1
        signal.alarm(_SLOWEST_SECONDS)
        for call in (render, render_typed, lambda text, _: inspect(text)):
            try:
                call(template, CONTEXT)
            except ExpressionError as error:
                str(error)
        signal.alarm(0)

    while time.monotonic() < end:
        seed(number)(one)()
        number += 1
    return count


if __name__ == "__main__":
    print(fuzz(float(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1), "templates")
