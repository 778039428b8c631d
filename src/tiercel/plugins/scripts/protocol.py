"""What scripts say on their output: outputs, metrics, log entries between ``::{`` and ``}::``."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from pydantic import TypeAdapter, ValidationError

from tiercel.model.task import LogLevel
from tiercel.plugin.context import TaskContext

_MESSAGE = re.compile(r"::(\{.*\})::")
_METRIC_KINDS = frozenset({"counter", "timer", "gauge"})
_DURATION = TypeAdapter(timedelta)


class OutputReader:
    """Reads the lines of one process: messages become outputs and metrics, the rest is logged.

    A message that is broken anywhere is dropped as a whole, with a warning; the task goes on.

    Attributes:
        variables: All outputs so far; a later one replaces an earlier one of the same name.
        counts: Lines of stdout and of stderr, messages included.
        last_error: The last line of stderr that says something, at most 500 characters.
    """

    def __init__(self, context: TaskContext) -> None:
        self._context = context
        self.variables: dict[str, Any] = {}
        self.counts = [0, 0]
        self.last_error = ""

    def __call__(self, line: str, *, is_stderr: bool) -> None:
        """Take one line without its end."""
        self.counts[is_stderr] += 1
        message = _MESSAGE.fullmatch(line) if line.startswith("::{") else None
        if message is None:
            self._context.log(LogLevel.ERROR if is_stderr else LogLevel.INFO, line)
            if is_stderr and line.strip():
                self.last_error = line.strip()[:500]
            return
        try:
            self._take(json.loads(message[1]))
        except (ValueError, TypeError, RecursionError):
            self._context.log(LogLevel.WARN, f"Invalid outputs '{line}'")

    def _take(self, message: dict[str, Any]) -> None:
        """Check the whole message before any of it has an effect."""
        outputs = message.get("outputs") or {}
        if not isinstance(outputs, dict):
            raise TypeError("outputs must be a map")
        metrics = [_metric(item) for item in message.get("metrics") or ()]
        logs = [(LogLevel(item["level"]), str(item["message"])) for item in _items(message, "logs")]
        self.variables.update(outputs)
        for kind, name, value, tags in metrics:
            self._context.metric(kind, name, value, tags)
        for level, text in logs:
            self._context.log(level, text)


def _items(message: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    items = message.get(key) or []
    if not all(isinstance(item, dict) and {"level", "message"} <= item.keys() for item in items):
        raise TypeError(f"{key} must be a list of maps")
    return list(items)


def _metric(item: Any) -> tuple[str, str, float, dict[str, str] | None]:
    """Return (kind, name, value, tags); a timer's value in milliseconds."""
    if not isinstance(item, dict) or item.get("type") not in _METRIC_KINDS or not item.get("name"):
        raise TypeError("a metric needs a name and a known type")
    kind, value = item["type"], item.get("value")
    if isinstance(value, bool) or value is None:
        raise TypeError("a metric's value must be a number")
    number = _milliseconds(value) if kind == "timer" else float(value)
    tags = {str(key): str(tag) for key, tag in (item.get("tags") or {}).items()}
    return kind, str(item["name"]), number, tags or None


def _milliseconds(value: Any) -> float:
    if isinstance(value, int | float):
        return value * 1000.0
    try:
        return _DURATION.validate_python(value) / timedelta(milliseconds=1)
    except ValidationError as error:
        raise ValueError(f"not a duration: {value!r}") from error
