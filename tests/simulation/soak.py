"""Random worlds until stopped: ``make soak``, or
``PYTHONPATH=tests python -m simulation.soak [FIRST_SEED [PROCESSES]]``."""

from __future__ import annotations

import itertools
import logging
import multiprocessing
import sys
import time

from simulation.test_random_worlds import survive_all, survive_together

_AT_ONCE = 20
_SAID_EVERY = 30.0


def failures_of(seed: int) -> list[str]:
    """Return what goes wrong with a seed in all kinds of worlds."""
    logging.disable(logging.CRITICAL)
    failures = []
    for survives in (survive_all, survive_together):
        try:
            survives(seed)
        except AssertionError as error:
            failures.append(str(error))
    return failures


def main() -> None:
    """Count up seeds; a failure is printed and does not stop the others."""
    first = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    processes = int(sys.argv[2]) if len(sys.argv) > 2 else multiprocessing.cpu_count()
    failed, begun, said = 0, time.monotonic(), 0.0
    with multiprocessing.Pool(processes) as pool:
        found = pool.imap(failures_of, itertools.count(first), chunksize=_AT_ONCE)
        for number, failures in enumerate(found, 1):
            failed += len(failures)
            for message in failures:
                print(message, flush=True)
            passed = time.monotonic() - begun
            if passed - said > _SAID_EVERY:
                said = passed
                rate = number / passed
                print(
                    f"{number} seeds from {first}, {failed} failures, {rate:.0f} seeds/s",
                    flush=True,
                )


if __name__ == "__main__":
    main()
