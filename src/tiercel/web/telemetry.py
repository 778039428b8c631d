"""What the server counts about itself, for monitoring."""

from __future__ import annotations

import os
import re
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from tiercel.services.meters import Meters, Series

OPEN_STATES = (
    *("CREATED", "RUNNING", "PAUSED", "RESTARTED", "KILLING", "QUEUED", "RETRYING"),
    "SUBMITTED",
)


@dataclass(frozen=True, slots=True)
class Sample:
    """One number with its labels."""

    name: str
    value: float
    labels: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric: what it counts, and all of its numbers."""

    name: str
    kind: str
    description: str
    samples: tuple[Sample, ...]


class Requests:
    """Counts requests by method and status, and the seconds until their first byte."""

    def __init__(self) -> None:
        self.count: Counter[tuple[str, str]] = Counter()
        self.seconds = 0.0

    def metrics(self) -> Iterator[Metric]:
        """Yield what was counted."""
        samples = tuple(
            Sample("tiercel_http_requests_total", count, (("method", method), ("status", status)))
            for (method, status), count in sorted(self.count.items())
        )
        yield Metric(
            "tiercel_http_requests_total", "counter", "Requests by method and status.", samples
        )
        name = "tiercel_http_request_seconds_total"
        total = (Sample(name, self.seconds),)
        yield Metric(name, "counter", "Seconds until the first byte of replies.", total)


class Counted:
    """Counts what passes through."""

    def __init__(self, app: ASGIApp, requests: Requests) -> None:
        self._app = app
        self._requests = requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and note its status."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = time.perf_counter()
        method = scope["method"] if scope["method"].isupper() else "OTHER"

        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._requests.count[method, str(message["status"])] += 1
                self._requests.seconds += time.perf_counter() - begun
            await send(message)

        await self._app(scope, receive, noting)


def process_metrics() -> Iterator[Metric]:
    """Yield what the operating system knows of this process."""
    times = os.times()
    yield _gauge("process_cpu_seconds_total", times.user + times.system, "CPU seconds.", "counter")
    status = Path("/proc/self/statm")
    if status.exists():
        pages = int(status.read_text().split()[1])
        resident = pages * os.sysconf("SC_PAGE_SIZE")
        yield _gauge("process_resident_memory_bytes", resident, "Memory in use.")
        files = len(os.listdir("/proc/self/fd"))  # noqa: PTH208  names alone
        yield _gauge("process_open_fds", files, "Open files.")


def metered(meters: Meters, prefix: str) -> Iterator[Metric]:
    """Yield what executors, workers and indexers counted, under their documented names.

    A counter ends in ``_total``, a gauge in nothing; a timer has ``_seconds_count``,
    ``_seconds_sum`` and ``_seconds_max``.
    """
    by_name: dict[str, list[Series]] = {}
    for series in meters:
        by_name.setdefault(series.name, []).append(series)
    for name, found in by_name.items():
        full = f"{prefix}_{name}" if prefix else name
        full = re.sub(r"[^a-zA-Z0-9_:]", "_", full)
        labels = [(series, series.tags) for series in found]
        if found[0].is_gauge:
            samples = tuple(Sample(full, item.count, tag) for item, tag in labels)
            yield Metric(full, "gauge", f"{name}.", samples)
            continue
        if not found[0].is_timer:
            samples = tuple(Sample(f"{full}_total", item.count, tag) for item, tag in labels)
            yield Metric(f"{full}_total", "counter", f"{name}.", samples)
            continue
        base = f"{full}_seconds"
        samples = tuple(
            sample
            for item, tag in labels
            for sample in (
                Sample(f"{base}_count", item.count, tag),
                Sample(f"{base}_sum", item.total, tag),
            )
        )
        yield Metric(base, "summary", f"{name}, in seconds.", samples)
        longest = tuple(Sample(f"{base}_max", item.longest, tag) for item, tag in labels)
        yield Metric(f"{base}_max", "gauge", f"{name}: the longest, in seconds.", longest)


def gauge_by(name: str, label: str, values: dict[str, int], description: str) -> Metric:
    """Return a gauge with one number for each value of a label."""
    samples = tuple(Sample(name, value, ((label, key),)) for key, value in values.items())
    return Metric(name, "gauge", description, samples)


def gauge(name: str, value: float, description: str) -> Metric:
    """Return a gauge with one number."""
    return _gauge(name, value, description)


def _gauge(name: str, value: float, description: str, kind: str = "gauge") -> Metric:
    return Metric(name, kind, description, (Sample(name, value),))


def tagged(metrics: Iterable[Metric], tags: Mapping[str, object]) -> Iterator[Metric]:
    """Yield metrics with further labels on all of their numbers; a label of their own stays."""
    more = {_label_name(key): str(value) for key, value in tags.items()}
    for metric in metrics:
        samples = tuple(
            replace(sample, labels=_with(sample.labels, more)) for sample in metric.samples
        )
        yield replace(metric, samples=samples)


def _with(
    labels: tuple[tuple[str, str], ...], more: Mapping[str, str]
) -> tuple[tuple[str, str], ...]:
    own = {_label_name(key): value for key, value in labels}
    return tuple({**own, **{key: more[key] for key in more if key not in own}}.items())


def _label_name(key: str) -> str:
    name = re.sub(r"[^a-zA-Z0-9_]", "_", key)
    return f"_{name}" if name[:1].isdigit() or not name else name


def prometheus_text(metrics: list[Metric]) -> str:
    """Return metrics in the text format of Prometheus."""
    lines = []
    for metric in metrics:
        lines += [
            f"# HELP {metric.name} {metric.description}",
            f"# TYPE {metric.name} {metric.kind}",
        ]
        for sample in metric.samples:
            labels = ",".join(f'{key}="{_escaped(value)}"' for key, value in sample.labels)
            shown = f"{{{labels}}}" if labels else ""
            lines.append(f"{sample.name}{shown} {sample.value:g}")
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
