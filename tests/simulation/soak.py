"""Random worlds until stopped: ``PYTHONPATH=tests python -m simulation.soak [FIRST_SEED]``."""

from __future__ import annotations

import itertools
import sys
import time

from simulation.test_random_worlds import survive_all


def main() -> None:
    """Count up seeds; a failure is printed and does not stop the others."""
    first = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    failures, begun = 0, time.monotonic()
    for number, seed in enumerate(itertools.count(first), 1):
        try:
            survive_all(seed)
        except AssertionError as error:
            failures += 1
            print(error, flush=True)
        if number % 1000 == 0:
            rate = number / (time.monotonic() - begun)
            print(f"seed {seed}: {failures} failures, {rate:.0f} seeds/s", flush=True)


if __name__ == "__main__":
    main()
