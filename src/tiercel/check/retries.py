"""Reads ``retry`` objects."""

from __future__ import annotations

from tiercel.check.reader import Reader
from tiercel.model.durations import format_duration, parse_duration
from tiercel.model.task import Retry, RetryBehavior
from tiercel.model.yaml import Node
from tiercel.plugin.common import RETRIES
from tiercel.plugin.faults import Path, nearest
from tiercel.plugin.fields import properties_of
from tiercel.plugin.scalars import kind_of

_ORDER = (
    ("interval", "maxDuration"),
    ("interval", "maxInterval"),
    ("minInterval", "maxDuration"),
    ("maxInterval", "maxDuration"),
    ("minInterval", "maxInterval"),
)


def read_retry(reader: Reader, node: Node | None, path: Path) -> Retry | None:
    """Return the retry rule of a task or a flow, None when there is none or it is refused."""
    if node is None or node.value is None:
        return None
    if not isinstance(node.value, dict):
        reader.report.error(node, path, "must be a map", "give its `type`")
        return None
    kind = node.value.get("type")
    name = kind.value if kind is not None else None
    form = RETRIES.get(name) if isinstance(name, str) else None
    if form is None:
        shown = "<null>" if name is None else name if isinstance(name, str) else kind_of(name)
        hint = nearest(str(name), list(RETRIES))
        reader.report.error(kind or node, (*path, "type"), f"Invalid type: {shown}", hint)
        return None
    fitted = reader.object(form, node, path, literal=frozenset(properties_of(form)))
    if fitted is None:
        return None
    values = fitted.values
    lengths = {
        key: parse_duration(value) for key, value in values.items() if _is_length(key, value)
    }
    for small, large in _ORDER:
        if small in lengths and large in lengths and lengths[small] >= lengths[large]:
            reader.report.error(
                node.value.get(small),
                (*path, small),
                f"'{small}' must be less than '{large}' but is {format_duration(lengths[small])}",
            )
    return Retry(
        type=str(name),
        interval=lengths.get("interval"),
        max_interval=lengths.get("maxInterval"),
        min_interval=lengths.get("minInterval"),
        delay_factor=values.get("delayFactor") or 2.0,
        max_attempts=values.get("maxAttempts"),
        max_duration=lengths.get("maxDuration"),
        warning_on_retry=values.get("warningOnRetry", False),
        behavior=RetryBehavior(values.get("behavior", "RETRY_FAILED_TASK")),
    )


def _is_length(key: str, value: object) -> bool:
    return isinstance(value, str) and key.endswith(("nterval", "Duration"))
