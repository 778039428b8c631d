"""How fast templates compile and render, beside Jinja2 where that is installed.

Run with ``python -m bench.expressions``; prints medians of CPU time in microseconds, and renders
per second. ``uv run --with jinja2 python -m bench.expressions`` adds the nearest Jinja2 template of
each, compiled before.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from tiercel.expressions import Template, render

ROUNDS = 15
ROUND_SECONDS = 0.02


class Subject(NamedTuple):
    """A template, the nearest one in Jinja2, and the most it may cost in microseconds.

    The limits are None where none is set.
    """

    name: str
    template: str
    jinja: str
    compile_limit: float | None = None
    render_limit: float | None = None


SUBJECTS = (
    Subject("one variable", "{{ inputs.taxi }}", "{{ inputs.taxi }}", 15, 4),
    Subject(
        "short log message",
        "Loaded {{ inputs.taxi }} for {{ inputs.year }}-{{ inputs.month }}",
        "Loaded {{ inputs.taxi }} for {{ inputs.year }}-{{ inputs.month }}",
    ),
    Subject(
        "nested outputs path",
        "{{ outputs.extract.vars.summary.uri }}",
        "{{ outputs.extract.vars.summary.uri }}",
    ),
    Subject(
        "computed subscript",
        "{{ outputs.extract.outputFiles[inputs.taxi ~ '_tripdata_' ~ inputs.year ~ '-' ~ "
        "inputs.month ~ '.csv'] }}",
        "{{ outputs.extract.outputFiles[inputs.taxi ~ '_tripdata_' ~ inputs.year ~ '-' ~ "
        "inputs.month ~ '.csv'] }}",
        60,
        6,
    ),
    Subject(
        "SQL loop of 10 rows",
        "insert into t values {% for row in rows %}({{ row.id }}, '{{ row.name }}')"
        "{% if not loop.last %}, {% endif %}{% endfor %};",
        "insert into t values {% for row in rows %}({{ row.id }}, '{{ row.name }}')"
        "{% if not loop.last %}, {% endif %}{% endfor %};",
        None,
        35,
    ),
    Subject(
        "loop of 1000 items",
        "{% for item in items %}{{ item }},{% endfor %}",
        "{% for item in items %}{{ item }},{% endfor %}",
    ),
)
CONTEXT: dict[str, Any] = {
    "inputs": {"taxi": "green", "year": "2019", "month": "01"},
    "outputs": {
        "extract": {
            "vars": {"summary": {"uri": "kestra:///a/b.json"}},
            "outputFiles": {"green_tripdata_2019-01.csv": "kestra:///a/b.csv"},
        }
    },
    "rows": [{"id": number, "name": f"name {number}"} for number in range(10)],
    "items": list(range(1000)),
}


def microseconds(work: Callable[[], object]) -> float:
    """Median CPU time of one call over some rounds."""
    count = 1
    while _seconds(work, count) < ROUND_SECONDS:
        count *= 2
    return statistics.median(_seconds(work, count) / count for _ in range(ROUNDS)) * 1e6


def _seconds(work: Callable[[], object], count: int) -> float:
    start = time.process_time()
    for _ in range(count):
        work()
    return time.process_time() - start


def import_milliseconds() -> float:
    """CPU time to import the package from bytecode in a fresh process, the median of some."""
    code = (
        "import time; start = time.process_time(); import tiercel.expressions; "
        "print(time.process_time() - start)"
    )
    with tempfile.TemporaryDirectory() as cache:
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": cache, "PYTHONDONTWRITEBYTECODE": ""}
        times = [
            float(
                subprocess.run(
                    [sys.executable, "-c", code], capture_output=True, check=True, env=environment
                ).stdout
            )
            for _ in range(ROUNDS + 1)
        ]
    return statistics.median(times[1:]) * 1000


def jinja_renders() -> dict[str, Callable[[], str]]:
    """The render of each subject in Jinja2, empty where it is not installed."""
    try:
        from jinja2 import Environment, StrictUndefined
    except ImportError:
        return {}
    environment = Environment(undefined=StrictUndefined)  # noqa: S701 - plain texts, as ours
    compiled = {each.name: environment.from_string(each.jinja) for each in SUBJECTS}
    return {
        name: lambda template=template: template.render(CONTEXT)
        for name, template in compiled.items()
    }


def main() -> None:
    """Print a line for each template."""
    peers = jinja_renders()
    print(f"{'template':22}{'compile µs':>12}{'render µs':>12}{'renders/s':>12}{'Jinja2 µs':>12}")
    over: list[str] = []
    for each in SUBJECTS:
        compiling = microseconds(lambda each=each: Template(each.template))
        rendering = microseconds(lambda each=each: render(each.template, CONTEXT))
        peer = microseconds(peers[each.name]) if peers else None
        shown = "-" if peer is None else f"{peer:.2f}"
        print(
            f"{each.name:22}{compiling:12.1f}{rendering:12.2f}{1e6 / rendering:12,.0f}{shown:>12}"
        )
        if each.compile_limit is not None and compiling > each.compile_limit:
            over.append(f"{each.name}: compile over {each.compile_limit} µs")
        if each.render_limit is not None and rendering > each.render_limit:
            over.append(f"{each.name}: render over {each.render_limit} µs")
    print(f"import {import_milliseconds():.1f} ms")
    print("limits held" if not over else "\n".join(over))


if __name__ == "__main__":
    main()
