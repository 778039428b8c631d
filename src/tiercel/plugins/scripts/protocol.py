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
_SHOWN_CHARACTERS = 500
_METRIC_KINDS = frozenset({"counter", "timer", "gauge"})
_DURATION = TypeAdapter(timedelta)


class OutputReader:
    """Reads the lines of one process: messages become outputs and metrics, the rest is logged.

    Entries of a message that are broken are named in a warning; the good ones count. A message
    that is no JSON is dropped as a whole, with a warning. The task goes on either way.

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
                self.last_error = line.strip()[:_SHOWN_CHARACTERS]
            return
        try:
            self._take(json.loads(message[1]))
        except (ValueError, RecursionError):
            self._context.log(LogLevel.WARN, f"Invalid outputs '{line}'")

    def _take(self, message: dict[str, Any]) -> None:
        outputs = message.get("outputs") or {}
        if isinstance(outputs, dict):
            self.variables.update(outputs)
        else:
            self._refuse("outputs", outputs, "it must be a map")
        for item in self._items(message, "metrics"):
            try:
                self._context.metric(*_metric(item))
            except (TypeError, ValueError) as error:
                self._refuse("metric", item, str(error))
        for item in self._items(message, "logs"):
            try:
                self._context.log(*_log(item))
            except (TypeError, ValueError) as error:
                self._refuse("log entry", item, str(error))

    def _items(self, message: Mapping[str, Any], key: str) -> list[Any]:
        items = message.get(key) or []
        if isinstance(items, list):
            return items
        self._refuse(key, items, "it must be a list")
        return []

    def _refuse(self, what: str, entry: Any, reason: str) -> None:
        text = json.dumps(entry, ensure_ascii=False)[:_SHOWN_CHARACTERS]
        self._context.log(LogLevel.WARN, f"Invalid {what} '{text}': {reason}")


def _log(item: Any) -> tuple[LogLevel, str]:
    """Return (level, message)."""
    if not isinstance(item, dict) or not {"level", "message"} <= item.keys():
        raise TypeError("it needs a level and a message")
    return LogLevel(item["level"]), str(item["message"])


def _metric(item: Any) -> tuple[str, str, float, dict[str, str] | None]:
    """Return (kind, name, value, tags); a timer's value in milliseconds."""
    if not isinstance(item, dict) or item.get("type") not in _METRIC_KINDS or not item.get("name"):
        raise TypeError("it needs a name and a type: counter, timer or gauge")
    kind, value = item["type"], item.get("value")
    if isinstance(value, bool) or value is None:
        raise TypeError("its value must be a number")
    number = _milliseconds(value) if kind == "timer" else float(value)
    given = item.get("tags") or {}
    if not isinstance(given, dict):
        raise TypeError("its tags must be a map")
    tags = {str(key): str(tag) for key, tag in given.items()}
    return kind, str(item["name"]), number, tags or None


def _milliseconds(value: Any) -> float:
    if isinstance(value, int | float):
        return value * 1000.0
    try:
        return _DURATION.validate_python(value) / timedelta(milliseconds=1)
    except ValidationError as error:
        raise ValueError(f"not a duration: {value!r}") from error
