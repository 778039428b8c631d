"""Measure peers, and put what was found into the page of figures."""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import time
from pathlib import Path

from bench.peers.airflow import Airflow
from bench.peers.bare import Bare
from bench.peers.dagster import Dagster, MultiprocessDagster
from bench.peers.dbos import Dbos
from bench.peers.environments import Environments
from bench.peers.luigi import Luigi
from bench.peers.page import shown, write_page
from bench.peers.peer import Peer, Place
from bench.peers.prefect import EagerPrefect, Prefect
from bench.peers.rows import BY_KEY, append, load, newest
from bench.peers.sitting import USUAL, sit
from bench.peers.tiercel import TaxiLoad, Tiercel

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "bench" / "results" / "peers.jsonl"
PEERS: tuple[type[Peer], ...] = (
    *(Bare, Tiercel, TaxiLoad, Luigi, Dbos),
    *(Prefect, EagerPrefect, Dagster, MultiprocessDagster, Airflow),
)


def main() -> None:
    """Do what the command line says."""
    options = parsed()
    # What is running is stopped also when somebody ends this.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)
    wanted = options.measures.split(",") if options.measures else list(BY_KEY)
    peers = [peer for peer in PEERS if not options.peers or peer.key in options.peers]
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="peers-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        place = Place(Environments(options.home), folder)
        made = [peer(place) for peer in peers]
        for peer in made:
            peer.install()
        for peer in made:
            for row in sit(peer, wanted, options.repeats):
                append(options.results, row)
                sys.stdout.write(shown(row) + "\n")
                sys.stdout.flush()
    sys.stdout.write(f"{(time.monotonic() - began) / 60:.0f} minutes\n")
    if not options.no_page:
        write_page(ROOT / "docs" / "performance.md", newest(load(options.results)))


def _end(number: int, _: object) -> None:
    raise KeyboardInterrupt(signal.Signals(number).name)


def parsed() -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(prog="python -m bench.peers", description=__doc__)
    keys = [peer.key for peer in PEERS]
    parser.add_argument("peers", nargs="*", help=f"default: all of {', '.join(keys)}")
    parser.add_argument("--measures", help=f"default: all of {','.join(BY_KEY)}")
    parser.add_argument("--repeats", type=int, default=USUAL)
    parser.add_argument("--home", type=Path, default=ROOT / ".cache" / "peers")
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--no-page", action="store_true", help="leave docs/performance.md alone")
    options = parser.parse_args()
    if unknown := set(options.peers) - set(keys):
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    return options


if __name__ == "__main__":
    main()
