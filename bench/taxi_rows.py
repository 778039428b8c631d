"""Make a month of generated taxi trips, and say how fast that is.

    python -m bench.taxi_rows --rows 630000 --taxi green --folder /tmp/trips

The file lands at ``FOLDER/green/green_tripdata_2019-01.csv.gz``: a folder for ``TaxiServer``.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tiercel.services.demo_rows import generate_gzip

if TYPE_CHECKING:
    from tiercel.services.demo_rows import Taxi

ROWS = 630_000


def write_month(folder: Path, taxi: Taxi, year: int, month: int, *, rows: int = ROWS) -> Path:
    """Write one month into ``folder``, in the layout that ``TaxiServer`` reads; return the file."""
    path = folder / taxi / f"{taxi}_tripdata_{year}-{month:02}.csv.gz"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        for chunk in generate_gzip(taxi, year, month, rows):
            file.write(chunk)
    return path


def main() -> None:
    """Write one month and print what it took."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--taxi", choices=["yellow", "green"], default="green")
    parser.add_argument("--year", type=int, default=2019)
    parser.add_argument("--month", type=int, default=1)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--folder", type=Path, help="default: a temporary one, removed at the end")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        start = time.perf_counter()
        path = write_month(folder, options.taxi, options.year, options.month, rows=options.rows)
        seconds = time.perf_counter() - start
        size = path.stat().st_size / 1e6
        print(f"{options.rows:,} {options.taxi} rows, {size:.1f} MB: {seconds:.2f} s   {path}")


if __name__ == "__main__":
    main()
