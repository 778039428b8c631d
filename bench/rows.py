"""Tasks over row files: rows a second, and memory that does not grow with them.

    python -m bench.rows [--rows 5000000]

Each task runs twice in a process of its own: over a tenth of the rows, and over all of them. Exit
code 1 when the second needs more memory than the first by more than the limit. The last column is
the ratio of both.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from context import FakeTaskContext
from tiercel.plugin.registry import Registry
from tiercel.plugin.task import RunnableTask

LIMIT_MIB = 48
STORAGE, SERDES = "io.kestra.plugin.core.storage", "io.kestra.plugin.serdes"
CASES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "Split by rows": (f"{STORAGE}.Split", "ion", {"rows": 100_000}),
    "Split by bytes": (f"{STORAGE}.Split", "ion", {"bytes": "10MB"}),
    "Split in 8": (f"{STORAGE}.Split", "ion", {"partitions": 8}),
    "Concat": (f"{STORAGE}.Concat", "ion", {}),
    "Reverse": (f"{STORAGE}.Reverse", "ion", {}),
    "FilterItems": (f"{STORAGE}.FilterItems", "ion", {"filterCondition": "{{ flag }}"}),
    "DeduplicateItems": (f"{STORAGE}.DeduplicateItems", "ion", {"expr": "{{ bucket }}"}),
    "DeduplicateItems, all": (f"{STORAGE}.DeduplicateItems", "ion", {"expr": "{{ id }}"}),
    "CsvToIon": (f"{SERDES}.csv.CsvToIon", "csv", {}),
    "IonToCsv": (f"{SERDES}.csv.IonToCsv", "ion", {}),
    "IonToJson": (f"{SERDES}.json.IonToJson", "ion", {}),
    "JsonToIon": (f"{SERDES}.json.JsonToIon", "jsonl", {}),
    "IonToParquet": (f"{SERDES}.parquet.IonToParquet", "ion", {}),
    "IonToAvro": (f"{SERDES}.avro.IonToAvro", "ion", {}),
    "IonToXml": (f"{SERDES}.xml.IonToXml", "ion", {}),
    "IonToExcel (100,000)": (f"{SERDES}.excel.IonToExcel", "ion", {}),
}
MOST_ROWS = {"IonToExcel (100,000)": 100_000}
LINES = {
    "ion": '{{id:{n},name:"name {n}",amount:{n}.50,flag:{flag},bucket:{bucket}}}\n',
    "jsonl": '{{"id":{n},"name":"name {n}","amount":{n}.5,"flag":{flag},"bucket":{bucket}}}\n',
    "csv": "{n},name {n},{n}.50,{flag},{bucket}\n",
}


def write_rows(path: Path, form: str, rows: int) -> None:
    """Write a file of rows."""
    line = LINES[form]
    with path.open("w") as file:
        if form == "csv":
            file.write("id,name,amount,flag,bucket\n")
        for n in range(rows):
            flag = "true" if n % 2 else "false"
            file.write(line.format(n=n, flag=flag, bucket=n % 1000))


def run_case(name: str, rows: int, folder: Path) -> dict[str, float]:
    """Run one task over so many rows in this process; return seconds and peak memory in MiB."""
    type_name, form, more = CASES[name]
    context = FakeTaskContext(folder)
    path = context.working_dir / f"rows.{form}"
    write_rows(path, form, rows)
    uri = asyncio.run(context.store_file(path))
    source = {"files": [uri, uri]} if name == "Concat" else {"from": uri}
    task = Registry.builtin(use_entry_points=False).build(type_name, {**source, **more})
    assert isinstance(task, RunnableTask)
    started = time.perf_counter()
    asyncio.run(task.run(context))
    seconds = time.perf_counter() - started
    return {"seconds": seconds, "mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def measure(name: str, rows: int) -> dict[str, float]:
    """Run one task in a process of its own."""
    command = [sys.executable, "-m", "bench.rows", "--case", name, "--rows", str(rows)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def main() -> int:
    """Run all tasks, or the one that is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--case", choices=CASES)
    arguments = parser.parse_args()
    if arguments.case:
        with tempfile.TemporaryDirectory() as folder:
            print(json.dumps(run_case(arguments.case, arguments.rows, Path(folder))))
        return 0
    is_flat = True
    for name in CASES:
        rows = min(arguments.rows, MOST_ROWS.get(name, arguments.rows))
        few, many = measure(name, rows // 10), measure(name, rows)
        growth = many["mib"] - few["mib"]
        is_flat = is_flat and growth <= LIMIT_MIB
        print(
            f"{name:24}{rows / many['seconds']:12,.0f} rows/s"
            f"{few['mib']:8.0f} MiB{many['mib']:8.0f} MiB{many['mib'] / few['mib']:8.2f} x",
            flush=True,
        )
    return 0 if is_flat else 1


if __name__ == "__main__":
    sys.exit(main())
