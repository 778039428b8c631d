"""Protocol Buffers to row files."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar

from pydantic import Field, PrivateAttr

from tiercel.plugin.context import TaskContext
from tiercel.plugin.properties import Text
from tiercel.plugin.task import Output, TaskFailedError
from tiercel.plugins.serdes.convert import Converter, write_rows

if TYPE_CHECKING:
    from google.protobuf.message import Message

_Field = Any
"""A field descriptor: which class it has depends on what the package is built on."""

_LONGEST_BYTES = 256 * 1024 * 1024
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WRAPPERS = frozenset(
    f"google.protobuf.{kind}Value"
    for kind in ("Double", "Float", "Int64", "UInt64", "Int32", "UInt32", "Bool", "String", "Bytes")
)


class ProtobufToIon(Converter):
    """Turn Protocol Buffers messages into a row file. Outputs: ``uri``, ``size``.

    A row has the fields of the message by the names of its ``.proto`` file; one that is not set
    is null where that can be told from its default. Enums are their names, moments and durations
    what they are in a row file.
    """

    type_name = "io.kestra.plugin.serdes.protobuf.ProtobufToIon"
    title = "Convert Protocol Buffers messages to a row file."
    examples = (
        (
            "Messages that follow one another, each after its length.",
            "id: rows\ntype: io.kestra.plugin.serdes.protobuf.ProtobufToIon\n"
            'from: "{{ outputs.download.uri }}"\n'
            "descriptorFile: \"{{ outputs.compile.outputFiles['orders.desc'] }}\"\n"
            "typeName: shop.Order\ndelimited: true",
        ),
    )
    requires: ClassVar[Mapping[str, str]] = {"google.protobuf": "protobuf"}

    descriptor_file: Text = Field(
        description=(
            "URI of the file that `protoc --include_imports --descriptor_set_out` made of the "
            "`.proto` files."
        )
    )
    message_type: Text = Field(
        alias="typeName", description="Full name of the message, such as `shop.Order`."
    )
    delimited: bool = Field(
        default=False,
        description=(
            "`true` reads many messages, each after its length; `false` reads the file as one "
            "message."
        ),
    )

    _descriptors: bytes = PrivateAttr(default=b"")

    async def run(self, context: TaskContext) -> Output:
        """Read the descriptors, then convert the file and store the result."""
        path = await context.local_file(self.descriptor_file)
        self._descriptors = await asyncio.to_thread(path.read_bytes)
        return await super().run(context)

    def convert(self, context: TaskContext, source: Path, target: Path) -> int:
        """Write one row per message."""
        from google.protobuf.message import DecodeError

        kind = _message_class(self._descriptors, self.message_type)

        def rows() -> Iterator[dict[str, Any]]:
            with source.open("rb") as file:
                parts = _delimited(file) if self.delimited else iter([file.read()])
                for number, part in enumerate(parts, start=1):
                    try:
                        yield _row(kind.FromString(part))
                    except (DecodeError, UnicodeDecodeError) as error:
                        raise TaskFailedError(
                            f"Message {number} is no {self.message_type}: {error}"
                        ) from error

        return write_rows(context, rows(), target)


def _message_class(descriptors: bytes, name: str) -> type[Message]:
    """Return the class of a message.

    Raises:
        TaskFailedError: The descriptors can't be read, or have no such message.
    """
    from google.protobuf.descriptor_pb2 import FileDescriptorSet
    from google.protobuf.descriptor_pool import DescriptorPool
    from google.protobuf.message import DecodeError
    from google.protobuf.message_factory import GetMessageClass

    pool = DescriptorPool()
    try:
        files = FileDescriptorSet.FromString(descriptors).file
        for file in files:
            pool.Add(file)
        return GetMessageClass(pool.FindMessageTypeByName(name))
    except (DecodeError, TypeError) as error:
        raise TaskFailedError(
            f"`descriptorFile` can't be read: {error}. Make it with"
            " `protoc --include_imports --descriptor_set_out`."
        ) from error
    except KeyError as error:
        known = sorted(
            f"{file.package}.{message.name}".lstrip(".")
            for file in files
            for message in file.message_type
            if file.package != "google.protobuf"
        )
        raise TaskFailedError(
            f"`descriptorFile` has no message '{name}', but {', '.join(known[:10]) or 'none'}"
        ) from error


def _delimited(file: BinaryIO) -> Iterator[bytes]:
    while (length := _length(file)) is not None:
        part = file.read(length)
        if len(part) < length:
            raise TaskFailedError(f"The file ends within a message of {length} bytes")
        yield part


def _length(file: BinaryIO) -> int | None:
    """Read a length of seven bits a byte; None at the end of the file."""
    length = shift = 0
    while byte := file.read(1):
        length |= (byte[0] & 0x7F) << shift
        if length > _LONGEST_BYTES:
            break
        if byte[0] < 0x80:
            return length
        shift += 7
    if shift or length:
        raise TaskFailedError("The file has no message lengths: `delimited` does not fit it")
    return None


def _row(message: Message) -> dict[str, Any]:
    return {
        field.name: _value(message, field)
        for field in message.DESCRIPTOR.fields
        if field.containing_oneof is None or _is_optional(field) or message.HasField(field.name)
    }


def _is_optional(field: _Field) -> bool:
    """Whether a field's only company is itself: ``optional`` of the third version."""
    group = field.containing_oneof
    return group is not None and len(group.fields) == 1 and group.name == f"_{field.name}"


def _value(message: Message, field: _Field) -> Any:
    if field.has_presence and not message.HasField(field.name):
        return None
    value = getattr(message, field.name)
    if not field.is_repeated:
        return _single(value, field)
    kind = field.message_type
    if kind is not None and kind.GetOptions().map_entry:
        of_value = kind.fields_by_name["value"]
        return {str(key): _single(value[key], of_value) for key in sorted(value)}
    return [_single(item, field) for item in value]


def _single(value: Any, field: _Field) -> Any:
    if field.enum_type is not None:
        known = field.enum_type.values_by_number.get(value)
        return value if known is None else known.name
    if field.message_type is None:
        return value
    name = field.message_type.full_name
    if name == "google.protobuf.Timestamp":
        return _EPOCH + timedelta(seconds=value.seconds, microseconds=value.nanos // 1000)
    if name == "google.protobuf.Duration":
        return Decimal(value.seconds) + Decimal(value.nanos).scaleb(-9)
    if name in _WRAPPERS:
        return value.value
    return _row(value)
