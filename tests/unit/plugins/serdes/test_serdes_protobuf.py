"""Protocol Buffers to row files, with descriptors as ``protoc`` writes them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from google.protobuf import duration_pb2, message_factory, timestamp_pb2, wrappers_pb2
from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pb2 import FileDescriptorSet as Descriptors
from google.protobuf.descriptor_pool import DescriptorPool

from context import FakeTaskContext
from tiercel.plugin.registry import InvalidPropertyError, Registry
from tiercel.plugin.task import RunnableTask, TaskFailedError

REGISTRY = Registry.builtin(use_entry_points=False)
F = FieldDescriptorProto
ONE, MANY = F.LABEL_OPTIONAL, F.LABEL_REPEATED
WELL_KNOWN = (timestamp_pb2, duration_pb2, wrappers_pb2)


def order() -> FileDescriptorProto:
    """``shop/order.proto``, compiled."""
    file = FileDescriptorProto(name="shop/order.proto", package="shop", syntax="proto3")
    file.dependency.extend(module.DESCRIPTOR.name for module in WELL_KNOWN)
    state = file.enum_type.add(name="State")
    state.value.add(name="OPEN", number=0)
    state.value.add(name="PAID", number=1)
    item = file.message_type.add(name="Item")
    item.field.add(name="name", number=1, type=F.TYPE_STRING, label=ONE)
    item.field.add(name="price", number=2, type=F.TYPE_DOUBLE, label=ONE)
    made = file.message_type.add(name="Order")
    entry = made.nested_type.add(name="TagsEntry")
    entry.options.map_entry = True
    entry.field.add(name="key", number=1, type=F.TYPE_STRING, label=ONE)
    entry.field.add(name="value", number=2, type=F.TYPE_INT32, label=ONE)
    made.oneof_decl.add(name="pay")
    made.oneof_decl.add(name="_note")
    known = ".google.protobuf"
    for number, (name, kind, label, of, more) in enumerate(
        (
            ("id", F.TYPE_INT64, ONE, "", {}),
            ("paid", F.TYPE_BOOL, ONE, "", {}),
            ("raw", F.TYPE_BYTES, ONE, "", {}),
            ("state", F.TYPE_ENUM, ONE, ".shop.State", {}),
            ("order_items", F.TYPE_MESSAGE, MANY, ".shop.Item", {}),
            ("tags", F.TYPE_MESSAGE, MANY, ".shop.Order.TagsEntry", {}),
            ("at", F.TYPE_MESSAGE, ONE, f"{known}.Timestamp", {}),
            ("took", F.TYPE_MESSAGE, ONE, f"{known}.Duration", {}),
            ("limit", F.TYPE_MESSAGE, ONE, f"{known}.Int32Value", {}),
            ("card", F.TYPE_STRING, ONE, "", {"oneof_index": 0}),
            ("cash", F.TYPE_INT32, ONE, "", {"oneof_index": 0}),
            ("note", F.TYPE_STRING, ONE, "", {"oneof_index": 1, "proto3_optional": True}),
        ),
        start=1,
    ):
        field = made.field.add(name=name, number=number, type=kind, label=label, **more)
        if of:
            field.type_name = of
    return file


def compiled() -> Descriptors:
    """What ``protoc --include_imports --descriptor_set_out`` writes."""
    made = Descriptors()
    for module in WELL_KNOWN:
        module.DESCRIPTOR.CopyToProto(made.file.add())
    made.file.append(order())
    return made


@pytest.fixture
def kind() -> Any:
    pool = DescriptorPool()
    for file in compiled().file:
        pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("shop.Order"))


@pytest.fixture
def context(tmp_path: Path) -> FakeTaskContext:
    return FakeTaskContext(tmp_path)


async def rows(context: FakeTaskContext, content: bytes, **more: Any) -> str:
    folder = f"kestra:///company/team/flow/executions/{context.info.execution_id}/inputs"
    source = await context.storage.put(f"{folder}/orders.pb", content)
    descriptors = compiled().SerializeToString()
    given = {
        "from": source,
        "descriptorFile": await context.storage.put(f"{folder}/orders.desc", descriptors),
        "typeName": "shop.Order",
        **more,
    }
    task = REGISTRY.build("io.kestra.plugin.serdes.protobuf.ProtobufToIon", given)
    assert isinstance(task, RunnableTask)
    output = await task.run(context)
    assert output is not None
    assert output.values is not None
    text = await context.stored_text(output.values["uri"])
    assert output.values["size"] == text.count("\n")
    return text


def after_its_length(message: Any) -> bytes:
    content, length, head = message.SerializeToString(), message.ByteSize(), b""
    while length >= 0x80:
        head, length = head + bytes([length & 0x7F | 0x80]), length >> 7
    return head + bytes([length]) + content


async def test_every_type_of_a_message(context: FakeTaskContext, kind: Any):
    message = kind(id=2**40, paid=True, raw=b"hi", state=1, card="visa", tags={"b": 2, "a": 1})
    message.order_items.add(name="pen", price=1.5)
    message.at.FromJsonString("2024-01-02T03:04:05.678Z")
    message.took.FromJsonString("1.250s")
    message.limit.value = 0
    assert await rows(context, message.SerializeToString()) == (
        '{id:1099511627776,paid:true,raw:{{aGk=}},state:"PAID",'
        'order_items:[{name:"pen",price:1.5e0}],tags:{a:1,b:2},at:2024-01-02T03:04:05.678Z,'
        'took:1.250000000,limit:0,card:"visa",note:null}\n'
    )


async def test_what_is_not_set_is_null_or_the_default(context: FakeTaskContext, kind: Any):
    assert await rows(context, kind(note="x").SerializeToString()) == (
        '{id:0,paid:false,raw:{{}},state:"OPEN",order_items:[],tags:{},at:null,took:null,'
        'limit:null,note:"x"}\n'
    )


async def test_messages_that_follow_one_another(context: FakeTaskContext, kind: Any):
    content = b"".join(after_its_length(kind(id=n, note="x" * 200 * n)) for n in range(3))
    text = await rows(context, content, delimited=True)
    assert [line[:5] for line in text.splitlines()] == ["{id:0", "{id:1", "{id:2"]
    with pytest.raises(TaskFailedError, match="ends within a message"):
        await rows(context, content[:-1], delimited=True)


async def test_what_does_not_fit_is_named(context: FakeTaskContext):
    with pytest.raises(TaskFailedError, match=r"no message 'shop\.Nope', but .*shop\.Order"):
        await rows(context, b"", typeName="shop.Nope")
    with pytest.raises(TaskFailedError, match=r"Message 1 is no shop\.Order"):
        await rows(context, b"\xff\xff")
    source = await context.store_text("x", "no descriptors")
    with pytest.raises(TaskFailedError, match="descriptor_set_out"):
        await rows(context, b"", descriptorFile=source)
    with pytest.raises(InvalidPropertyError, match="descriptorFile"):
        REGISTRY.build(
            "io.kestra.plugin.serdes.protobuf.ProtobufToIon", {"from": "x", "typeName": "x"}
        )
