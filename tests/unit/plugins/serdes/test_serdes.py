from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from context import FakeTaskContext, Metric
from tiercel.model.task import LogLevel
from tiercel.plugin.registry import Registry
from tiercel.plugin.task import RunnableTask, TaskFailedError
from tiercel.plugins.serdes.patterns import moment_text

REGISTRY = Registry.builtin(use_entry_points=False)
PARIS = ZoneInfo("Europe/Paris")


@pytest.fixture
def context(tmp_path: Path) -> FakeTaskContext:
    return FakeTaskContext(tmp_path)


async def convert(context: FakeTaskContext, name: str, source: str, **more: Any) -> tuple[str, int]:
    """Run a converter on a text or a URI; return the URI of the result and its size."""
    if not source.startswith("kestra://"):
        source = await context.store_text("source", source)
    task = REGISTRY.build(f"io.kestra.plugin.serdes.{name}", {"from": source, **more})
    assert isinstance(task, RunnableTask)
    output = await task.run(context)
    values = dict(output.values if output and output.values else {})
    return values["uri"], values["size"]


async def text_of(context: FakeTaskContext, name: str, source: str, **more: Any) -> str:
    return await context.stored_text((await convert(context, name, source, **more))[0])


async def test_csv_becomes_texts(context: FakeTaskContext):
    uri, size = await convert(
        context, "csv.CsvToIon", '\ufeffid,"first name"\n1,"a ""b"", c"\n2,\\N\n'
    )
    assert size == 2
    assert await context.stored_text(uri) == (
        '{id:"1",\'first name\':"a \\"b\\", c"}\n{id:"2",\'first name\':null}\n'
    )
    assert context.metrics == [Metric("counter", "records", 2)]


@pytest.mark.parametrize(
    ("text", "more", "rows"),
    [
        ("1;a\n2;b\n", {"header": False, "fieldSeparator": ";"}, '["1","a"]\n["2","b"]\n'),
        ("id\n1\n2\n3\n", {"skipRows": 2}, '{id:"3"}\n'),
        ("id,x\n1,a\n\n2,b\n", {"skipEmptyRows": True}, '{id:"1",x:"a"}\n{id:"2",x:"b"}\n'),
        ("id,s\n1,'a,b'\n", {"textDelimiter": "'"}, '{id:"1",s:"a,b"}\n'),
        ('id,s\n1,"two\nlines"\n', {}, '{id:"1",s:"two\\nlines"}\n'),
        ("a,b\n1\n2,3\n", {"onBadLines": "SKIP"}, '{a:"2",b:"3"}\n'),
        ("a,, \n1,2,3\n", {}, '{a:"1"}\n'),
        ("a,,b\n1,2,3\n", {"onEmptyHeader": "RENAME"}, '{a:"1",column_2:"2",b:"3"}\n'),
        ("", {}, ""),
    ],
)
async def test_csv_of_all_kinds(
    context: FakeTaskContext, text: str, more: dict[str, Any], rows: str
):
    assert await text_of(context, "csv.CsvReader", text, **more) == rows


async def test_a_bad_line_of_csv(context: FakeTaskContext):
    with pytest.raises(TaskFailedError, match=r"Expected 2, got 1 fields\. Line 3"):
        await convert(context, "csv.CsvToIon", "a,b\n1,2\n3\n")
    assert (await convert(context, "csv.CsvToIon", "a,b\n1,2\n3\n", onBadLines="WARN"))[1] == 1
    assert "Expected 2, got 1" in context.messages(LogLevel.WARN)[0]


async def test_csv_in_another_encoding(context: FakeTaskContext):
    uri = await context.storage.put("kestra:///company/x.csv", "n\né\n".encode("latin-1"))
    assert await text_of(context, "csv.CsvToIon", uri, charset="ISO-8859-1") == '{n:"é"}\n'
    with pytest.raises(TaskFailedError, match="can't be read as UTF-8"):
        await convert(context, "csv.CsvToIon", uri)


ROWS = (
    '{id:1,s:"a,b",n:null,f:true,d:1.50,day:2024-01-02,'
    'at:ZonedDateTime::"2024-01-02T03:04:05+01:00[Europe/Paris]",m:{x:[1]}}\n'
    '{s:"c",id:2}\n'
)


async def test_rows_become_csv(context: FakeTaskContext):
    uri, size = await convert(context, "csv.IonToCsv", ROWS)
    assert uri.endswith(".csv")
    assert size == 2
    assert await context.stored_text(uri) == (
        "id,s,n,f,d,day,at,m\n"
        '1,"a,b",,true,1.50,2024-01-02,2024-01-02T03:04:05.000+01:00,"{""x"":[1]}"\n'
        "2,c,,,,,,\n"
    )


async def test_csv_as_it_is_wanted(context: FakeTaskContext):
    text = await text_of(
        context,
        "csv.CsvWriter",
        "{a:1,at:2024-01-02T03:04:05.000Z}\n",
        header=False,
        fieldSeparator=";",
        lineDelimiter="\r\n",
        alwaysDelimitText=True,
        dateTimeFormat="dd.MM.yy HH:mm",
        timeZoneId="Europe/Paris",
    )
    assert text == '"1";"02.01.24 04:04"\r\n'


async def test_lists_have_no_header(context: FakeTaskContext):
    with pytest.raises(TaskFailedError, match="Invalid data of type List with header"):
        await convert(context, "csv.IonToCsv", "[1,2]\n")
    assert await text_of(context, "csv.IonToCsv", "[1,2]\n", header=False) == "1,2\n"


async def test_json_lines(context: FakeTaskContext):
    text = '{"a":1.5,"b":"x"}\n\n[1,null]\n"z"\nnull\n'
    uri, size = await convert(context, "json.JsonToIon", text)
    assert (size, await context.stored_text(uri)) == (3, '{a:1.5e0,b:"x"}\n[1,null]\n"z"\n')
    with pytest.raises(TaskFailedError, match=r"Line 1 is no JSON.*newLine: false"):
        await convert(context, "json.JsonToIon", "[\n1]")


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ('[{"a":1},\n {"a":2}]\n', "{a:1}\n{a:2}\n"),
        ('{"a":\n1}', "{a:1}\n"),
        ("[12, 34]", "12\n34\n"),
        ("[]", ""),
    ],
)
async def test_one_document(context: FakeTaskContext, text: str, rows: str):
    assert await text_of(context, "json.JsonReader", text, newLine=False) == rows


async def test_a_long_document_is_read_in_pieces(context: FakeTaskContext):
    items = [{"n": number, "s": "x" * (number % 300)} for number in range(5000)]
    uri, size = await convert(context, "json.JsonToIon", json.dumps(items), newLine=False)
    lines = (await context.stored_text(uri)).splitlines()
    assert (size, lines[-1]) == (5000, f'{{n:4999,s:"{"x" * (4999 % 300)}"}}')
    with pytest.raises(TaskFailedError, match="The file is no JSON"):
        await convert(context, "json.JsonToIon", json.dumps(items)[:-1], newLine=False)


async def test_rows_become_json(context: FakeTaskContext):
    uri, _ = await convert(context, "json.IonToJson", ROWS)
    assert uri.endswith(".jsonl")
    assert await context.stored_text(uri) == (
        '{"id":1,"s":"a,b","n":null,"f":true,"d":1.5,"day":"2024-01-02",'
        '"at":"2024-01-02T02:04:05Z","m":{"x":[1]}}\n{"s":"c","id":2}\n'
    )


@pytest.mark.parametrize(
    ("rows", "text"),
    [("", "[]"), ("{a:1}\n", '{"a":1}'), ("{a:1} {a:2} {a:3}", '[{"a":1},{"a":2},{"a":3}]')],
)
async def test_rows_become_one_document(context: FakeTaskContext, rows: str, text: str):
    uri, _ = await convert(context, "json.JsonWriter", rows, newLine=False)
    assert uri.endswith(".json")
    assert await context.stored_text(uri) == text


async def test_what_is_no_row_file(context: FakeTaskContext):
    with pytest.raises(TaskFailedError, match="`from` is no row file: line 1"):
        await convert(context, "json.IonToJson", "a,b\n")


async def test_parquet_there_and_back(context: FakeTaskContext):
    pytest.importorskip("pyarrow")
    rows = (
        '{id:1,f:1.5e0,s:"a",b:true,d:1.50,day:2024-01-02,'
        'at:LocalDateTime::"2024-01-02T03:04:05",i:2024-01-02T03:04:05.000Z,l:[1,2],m:{x:1},n:null}\n'
        "{id:2,d:123456.25}\n"
    )
    uri, size = await convert(context, "parquet.IonToParquet", rows, compressionCodec="ZSTD")
    assert size == 2
    assert uri.endswith(".parquet")
    back = await text_of(context, "parquet.ParquetToIon", uri)
    empty = "f:null,s:null,b:null,d:123456.25,day:null,at:null,i:null,l:null,m:null,n:null"
    assert back == rows.splitlines(keepends=True)[0] + f"{{id:2,{empty}}}\n"


async def test_texts_fit_a_schema(context: FakeTaskContext):
    pytest.importorskip("pyarrow")
    fields = {
        "id": "long",
        "price": "double",
        "ok": "boolean",
        "name": ["null", "string"],
        "day": {"type": "int", "logicalType": "date"},
        "at": ["null", {"type": "long", "logicalType": "timestamp-micros"}],
        "amount": {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2},
    }
    schema = {
        "type": "record",
        "name": "row",
        "fields": [{"name": name, "type": kind} for name, kind in fields.items()],
    }
    rows = '{id:"1",price:"2.5",ok:"yes",name:"x",day:"2024-01-02",at:"",amount:"1.5",extra:"y"}\n'
    uri, _ = await convert(context, "parquet.IonToParquet", rows, schema=json.dumps(schema))
    assert await text_of(context, "parquet.ParquetToIon", uri) == (
        '{id:1,price:2.5e0,ok:true,name:"x",day:2024-01-02,at:null,amount:1.50}\n'
    )
    with pytest.raises(TaskFailedError, match="'x' of the field 'id' does not fit"):
        await convert(context, "parquet.IonToParquet", '{id:"x"}', schema=json.dumps(schema))


async def test_what_is_no_parquet(context: FakeTaskContext):
    pytest.importorskip("pyarrow")
    with pytest.raises(TaskFailedError, match="The file is no Parquet"):
        await convert(context, "parquet.ParquetToIon", "a,b\n")


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("yyyy-MM-dd'T'HH:mm:ss.SSS[XXX]", "2024-01-02T03:04:05.060+01:00"),
        ("d.M.yy h 'o''clock'", "2.1.24 3 o'clock"),
        ("HHmmssX", "030405+01"),
    ],
)
def test_patterns(pattern: str, text: str):
    assert moment_text(datetime(2024, 1, 2, 3, 4, 5, 60_000, PARIS), pattern) == text


def test_patterns_that_ask_for_more():
    assert moment_text(datetime(2024, 1, 2), "yyyy[XXX]") == "2024"  # noqa: DTZ001
    with pytest.raises(TaskFailedError, match="asks for more"):
        moment_text(date(2024, 1, 2), "HH")
    with pytest.raises(TaskFailedError, match="letter 'Q'"):
        moment_text(date(2024, 1, 2), "Q")
