"""Avro record schemas as those of Arrow."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from tiercel.plugin.task import TaskFailedError

if TYPE_CHECKING:
    import pyarrow


def arrow_schema(text: str) -> pyarrow.Schema:
    """Return the schema of an Avro record, given as JSON.

    Raises:
        TaskFailedError: It is no record, or has a type that is not known.
    """
    import pyarrow

    try:
        record = json.loads(text)
    except json.JSONDecodeError as error:
        raise TaskFailedError(f"`schema` is no JSON: {error}") from error
    if not isinstance(record, dict) or record.get("type") != "record":
        raise TaskFailedError("`schema` must be an Avro record: a map with `type: record`")
    return pyarrow.schema([_field(field) for field in record.get("fields", ())])


def _field(field: Mapping[str, Any]) -> pyarrow.Field:
    import pyarrow

    kind, is_nullable = _type(field.get("type"))
    return pyarrow.field(str(field["name"]), kind, nullable=is_nullable)


def _type(written: Any) -> tuple[pyarrow.DataType, bool]:
    """Return a type and whether null is one of its values."""
    import pyarrow

    if isinstance(written, list):
        kinds = [item for item in written if item != "null"]
        if len(kinds) != 1:
            raise TaskFailedError(f"`schema`: a union must be of null and one type, got {written}")
        return _type(kinds[0])[0], "null" in written
    if not isinstance(written, Mapping):
        return _plain(str(written)), False
    name, logical = written.get("type"), written.get("logicalType")
    if logical == "decimal":
        return pyarrow.decimal128(int(written["precision"]), int(written.get("scale", 0))), False
    if logical in _logical():
        return _logical()[logical], False
    if name == "array":
        return pyarrow.list_(_type(written["items"])[0]), False
    if name == "map":
        return pyarrow.map_(pyarrow.string(), _type(written["values"])[0]), False
    if name == "record":
        return pyarrow.struct([_field(field) for field in written["fields"]]), False
    if name == "enum":
        return pyarrow.string(), False
    return _type(name) if isinstance(name, list | Mapping) else (_plain(str(name)), False)


def _plain(name: str) -> pyarrow.DataType:
    import pyarrow

    kinds: dict[str, Callable[[], pyarrow.DataType]] = {
        "string": pyarrow.string,
        "int": pyarrow.int32,
        "long": pyarrow.int64,
        "float": pyarrow.float32,
        "double": pyarrow.float64,
        "boolean": pyarrow.bool_,
        "bytes": pyarrow.binary,
        "null": pyarrow.null,
    }
    if name not in kinds:
        raise TaskFailedError(f"`schema`: the type '{name}' is not known")
    return kinds[name]()


def _logical() -> dict[str, pyarrow.DataType]:
    import pyarrow

    return {
        "date": pyarrow.date32(),
        "time-millis": pyarrow.time32("ms"),
        "time-micros": pyarrow.time64("us"),
        "timestamp-millis": pyarrow.timestamp("ms", "UTC"),
        "timestamp-micros": pyarrow.timestamp("us", "UTC"),
        "local-timestamp-millis": pyarrow.timestamp("ms"),
        "local-timestamp-micros": pyarrow.timestamp("us"),
        "uuid": pyarrow.string(),
    }
