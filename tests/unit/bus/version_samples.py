"""A sample of everything that is written on the bus and in rows, with every field set.

``python tests/unit/bus/version_samples.py 2`` writes ``tests/data/messages_v2.json``: do that for a
release that writes something new, and keep the file of the release before it.
"""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec

from tiercel.bus import codec, presence, questions, toggles
from tiercel.model.execution import Execution, TaskRun
from tiercel.model.job import Job, LogEntry, MetricEntry, Progress
from tiercel.model.news import ExecutionNews, News
from tiercel.store import codec as rows

DATA = Path(__file__).parents[2] / "data"
_MOMENT = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
_SCALARS: Mapping[Any, Any] = {
    str: "text",
    int: 7,
    float: 1.5,
    bool: True,
    datetime: _MOMENT,
    timedelta: timedelta(minutes=5),
    NoneType: None,
    Any: {"nested": [1, "two", None, True]},
    object: {"nested": [1, "two"]},
}

Decode = Callable[[bytes], Any]
DECODERS: dict[str, Decode] = {
    "job": msgspec.msgpack.Decoder(Job).decode,
    "logs": codec.decode_logs,
    "metrics": codec.decode_metrics,
    "progress": codec.decode_progress,
    "process": presence._decode,
    "question": questions._decode_question,
    "answer": questions._decode_answer,
    "toggle": toggles._decode_toggle,
    "toggled": toggles._decode_answer,
    "row execution": rows.decode_execution,
    "row task run": rows.decode_task_run,
    "row job": rows.decode_job,
    **{f"news {kind.__name__}": codec.decode_news for kind in get_args(News)},
    **{f"row news {kind.__name__}": rows.decode_news for kind in get_args(News)},
}


def sample(kind: Any) -> Any:
    """Return a value of a type; the first one of a union that is not None."""
    if kind in _SCALARS:
        return _SCALARS[kind]
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return sample(next(item for item in arguments if item is not NoneType))
    if origin in (dict, Mapping):
        return {sample(arguments[0]): sample(arguments[1])}
    if origin is tuple:
        return tuple(sample(item) for item in arguments if item is not Ellipsis)
    if origin is not None and origin is not Callable:
        return [sample(arguments[0])]
    if isinstance(kind, type) and issubclass(kind, Enum):
        return next(iter(kind))
    hints = get_type_hints(kind)
    names = kind.__struct_fields__ if hasattr(kind, "__struct_fields__") else kind.__match_args__
    return kind(**{name: sample(hints[name]) for name in names})


def written() -> dict[str, bytes]:
    """Return everything as it is written today."""
    pack = msgspec.msgpack.Encoder(enc_hook=str).encode
    execution, task_run, job = sample(Execution), sample(TaskRun), sample(Job)
    found = {
        "job": pack(job),
        "logs": pack([sample(LogEntry)]),
        "metrics": pack([sample(MetricEntry)]),
        "progress": pack(sample(Progress)),
        "process": presence.encode_process(sample(presence.Process)),
        "question": pack(sample(questions._Question)),
        "answer": pack(sample(questions._Answer)),
        "toggle": pack(sample(toggles.TriggerToggle)),
        "toggled": pack(sample(toggles._Answer)),
        "row execution": rows.encode(execution),
        "row task run": rows.encode(task_run),
        "row job": rows.encode(job),
    }
    for kind in get_args(News):
        found[f"news {kind.__name__}"] = pack(ExecutionNews("execution", sample(kind)))
        found[f"row news {kind.__name__}"] = rows.encode(sample(kind))
    return found


def read(name: str, data: bytes) -> Any:
    """Return what is read from a sample, as plain values."""
    return msgspec.json.decode(msgspec.json.encode(DECODERS[name](data)))


if __name__ == "__main__":
    samples = {
        name: {"data": base64.b64encode(data).decode(), "means": read(name, data)}
        for name, data in written().items()
    }
    path = DATA / f"messages_v{sys.argv[1]}.json"
    path.write_text(json.dumps(samples, indent=1, sort_keys=True) + "\n")
