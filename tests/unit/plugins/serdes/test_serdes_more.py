"""Avro, Excel, XML and YAML, to row files and back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from context import FakeTaskContext
from tiercel.model.task import LogLevel
from tiercel.plugin.registry import Registry
from tiercel.plugin.task import RunnableTask, TaskFailedError

REGISTRY = Registry.builtin(use_entry_points=False)
ROWS = (
    '{id:1,name:"a",amount:1.50,ratio:2.5e0,flag:true,day:2024-01-02,'
    'at:2024-01-02T03:04:05.678Z,local:LocalDateTime::"2024-01-02T03:04:05.5",'
    'clock:LocalTime::"04:05:06",raw:{{aGk=}},tags:["x","y"],more:{n:1}}\n'
    "{id:2,name:null,amount:null,ratio:null,flag:null,day:null,at:null,local:null,clock:null,"
    "raw:null,tags:null,more:null}\n"
)
BOOKS = (
    '<?xml version="1.0"?><catalog><book id="7"><title>A &amp; B</title><price>1.5</price>'
    "<tag>x</tag><tag>y</tag></book><book id='8'><title>C</title><tag>z</tag></book></catalog>"
)


@pytest.fixture
def context(tmp_path: Path) -> FakeTaskContext:
    return FakeTaskContext(tmp_path)


async def run(context: FakeTaskContext, name: str, source: Any, **more: Any) -> dict[str, Any]:
    """Run a converter on a text or a URI; return its outputs."""
    if isinstance(source, str) and not source.startswith("kestra://"):
        source = await context.store_text("source", source)
    task = REGISTRY.build(f"io.kestra.plugin.serdes.{name}", {"from": source, **more})
    assert isinstance(task, RunnableTask)
    output = await task.run(context)
    return dict(output.values if output and output.values else {})


async def text_of(context: FakeTaskContext, name: str, source: str, **more: Any) -> str:
    return await context.stored_text((await run(context, name, source, **more))["uri"])


@pytest.mark.parametrize("name", ["avro.IonToAvro", "avro.AvroWriter"])
async def test_avro_keeps_every_type(context: FakeTaskContext, name: str):
    made = await run(context, name, ROWS)
    assert made["size"] == 2
    assert made["uri"].endswith(".avro")
    assert await text_of(context, "avro.AvroToIon", made["uri"]) == ROWS


async def test_avro_follows_a_schema_and_words_of_a_csv(context: FakeTaskContext):
    fields = [
        {"name": "id", "type": "long"},
        {"name": "flag", "type": ["null", "boolean"]},
        {"name": "day", "type": {"type": "int", "logicalType": "date"}},
    ]
    schema = json.dumps({"type": "record", "name": "r", "fields": fields})
    source = '{id:"1",flag:"yes",day:"2024-01-02"}\n{id:"2",flag:"NA",day:"2024-01-03"}\n'
    made = await run(context, "avro.IonToAvro", source, schema=schema)
    assert await text_of(context, "avro.AvroReader", made["uri"]) == (
        "{id:1,flag:true,day:2024-01-02}\n{id:2,flag:null,day:2024-01-03}\n"
    )


@pytest.mark.parametrize("form", ["avro", "parquet"])
async def test_dates_are_read_as_they_are_written(context: FakeTaskContext, form: str):
    kinds = {
        "day": {"type": "int", "logicalType": "date"},
        "clock": {"type": "long", "logicalType": "time-micros"},
        "at": {"type": "long", "logicalType": "timestamp-micros"},
        "local": {"type": "long", "logicalType": "local-timestamp-micros"},
    }
    fields = [{"name": name, "type": kind} for name, kind in kinds.items()]
    formats = {"dateFormat": "d.M.yyyy", "timeFormat": "H.mm", "datetimeFormat": "d.M.yy H:mm"}
    made = await run(
        context,
        f"{form}.IonTo{form.title()}",
        '{day:"2.1.2024",clock:"5.04",at:"2.1.24 5:04",local:"2.1.24 5:04"}\n',
        schema=json.dumps({"type": "record", "name": "r", "fields": fields}),
        timeZoneId="Europe/Paris",
        **formats,
    )
    assert await text_of(context, f"{form}.{form.title()}ToIon", made["uri"]) == (
        '{day:2024-01-02,clock:LocalTime::"05:04:00",at:2024-01-02T04:04:00.000Z,'
        'local:LocalDateTime::"2024-01-02T05:04:00"}\n'
    )


@pytest.mark.parametrize("form", ["avro", "parquet"])
@pytest.mark.parametrize(("how", "said"), [("SKIP", 0), ("WARN", 4)])
async def test_rows_that_do_not_fit_are_left_out(
    context: FakeTaskContext, form: str, how: str, said: int
):
    fields = [{"name": "id", "type": "int"}, {"name": "text", "type": ["null", "string"]}]
    schema = json.dumps({"type": "record", "name": "r", "fields": fields})
    rows = '{id:"1",text:"NA"}\n{id:"x"}\n{id:null}\n{id:3000000000}\n{text:"a"}\n{id:"2"}\n'
    more: dict[str, Any] = {"schema": schema, "onBadLines": how, "inferAllFields": True}
    made = await run(context, f"{form}.IonTo{form.title()}", rows, **more)
    assert made["size"] == 2
    assert len(context.messages(LogLevel.WARN)) == said
    assert await text_of(context, f"{form}.{form.title()}ToIon", made["uri"]) == (
        "{id:1,text:null}\n{id:2,text:null}\n"
    )


async def test_a_broken_avro_file_gives_what_is_before(context: FakeTaskContext):
    made = await run(context, "avro.IonToAvro", ROWS)
    whole = b"".join([part async for part in context.read_file(made["uri"])])
    cut = await context.storage.put("kestra:///company/cut.avro", whole[:-9])
    with pytest.raises(TaskFailedError, match="The file is broken"):
        await run(context, "avro.AvroToIon", cut)
    assert (await run(context, "avro.AvroToIon", cut, onBadLines="SKIP"))["size"] == 2


@pytest.mark.parametrize(
    ("name", "source", "more", "message"),
    [
        ("avro.AvroToIon", "no avro", {}, "The file is no Avro"),
        ("avro.IonToAvro", "{'a b':1}\n", {}, "'a b' has a name that Avro does not allow"),
        ("avro.IonToAvro", "[1]\n", {}, "Row 1 is no map"),
        ("excel.ExcelToIon", "no workbook", {}, "no Excel workbook"),
        ("xml.XmlToIon", "<a><b></a>", {}, "The file is no XML"),
        ("xml.XmlToIon", "<a/>", {"charset": "none-such"}, "no XML"),
        ("yaml.YamlToIon", "a: [", {}, "The file is no YAML"),
        ("yaml.JsonToYaml", "{", {}, "The file is no JSON"),
        ("json.JsonToJsonl", "[1,", {}, "The file is no JSON"),
    ],
)
async def test_a_wrong_file_is_named(
    context: FakeTaskContext, name: str, source: str, more: dict[str, Any], message: str
):
    with pytest.raises(TaskFailedError, match=message):
        await run(context, name, source, **more)


async def test_an_avro_schema_is_inferred(context: FakeTaskContext):
    text = await text_of(context, "avro.InferAvroSchemaFromIon", '{id:1,name:"a"}\n')
    fields = json.loads(text)["fields"]
    assert [(field["name"], field["type"]) for field in fields] == [
        ("id", ["null", "long"]),
        ("name", ["null", "string"]),
    ]


async def test_excel_sheets_come_back(context: FakeTaskContext):
    first = await context.store_text("a.ion", '{id:1,name:"a",ratio:1.5e0}\n{id:2,name:"=1+1"}\n')
    second = await context.store_text("b.ion", "{n:null,flag:true}\n")
    made = await run(context, "excel.IonToExcel", {"First": first, "Second": second})
    assert made["size"] == 3
    assert made["uri"].endswith(".xlsx")
    back = await run(context, "excel.ExcelToIon", made["uri"])
    assert back["size"] == 3
    assert await context.stored_text(back["uris"]["First"]) == (
        '{id:1,name:"a",ratio:1.5e0}\n{id:2,name:"=1+1"}\n'
    )
    assert await context.stored_text(back["uris"]["Second"]) == "{n:null,flag:true}\n"


async def test_excel_reads_dates_as_asked(context: FakeTaskContext):
    from datetime import datetime

    from openpyxl import Workbook

    workbook = Workbook()
    workbook.active.append(["when", "twice"])
    workbook.active.append([datetime.fromisoformat("2024-01-02T03:04:05"), "=1+1"])
    path = context.working_dir / "w.xlsx"
    workbook.save(path)
    uri = await context.store_file(path)
    for render, cell in (
        ("UNFORMATTED_VALUE", 'LocalDateTime::"2024-01-02T03:04:05"'),
        ("FORMATTED_STRING", '"2024-01-02T03:04:05"'),
        ("SERIAL_NUMBER", "45293.1278356481"),
    ):
        made = await run(
            context, "excel.ExcelToIon", uri, dateTimeRender=render, valueRender="FORMULA"
        )
        row = await context.stored_text(made["uris"]["Sheet"])
        assert row.startswith(f"{{when:{cell}")
        assert row.endswith('twice:"=1+1"}\n')


async def test_an_excel_sheet_that_is_not_there_is_named(context: FakeTaskContext):
    made = await run(context, "excel.IonToExcel", "{n:1}\n", sheetsTitle="Numbers")
    with pytest.raises(TaskFailedError, match="no sheet 'Orders', only 'Numbers'"):
        await run(context, "excel.ExcelToIon", made["uri"], sheetsTitle=["Orders"])


async def test_formulas_are_never_made_of_texts(context: FakeTaskContext):
    made = await run(context, "excel.IonToExcel", '{name:"=HYPERLINK(1)"}\n')
    with ZipFile(await context.local_file(made["uri"])) as workbook:
        assert b"<f>" not in workbook.read("xl/worksheets/sheet1.xml")


@pytest.mark.parametrize("name", ["xml.XmlToIon", "xml.XmlReader"])
async def test_xml_gives_a_row_per_element(context: FakeTaskContext, name: str):
    assert await text_of(context, name, BOOKS, query="/catalog/book") == (
        '{id:7,title:"A & B",price:1.5e0,tag:["x","y"]}\n{id:8,title:"C",tag:"z"}\n'
    )


async def test_xml_lists_can_be_forced_and_all_be_one_row(context: FakeTaskContext):
    forced = {"forceList": ["tag"]}
    text = await text_of(
        context, "xml.XmlToIon", BOOKS, query="/catalog/book", parserConfiguration=forced
    )
    assert 'tag:["z"]' in text
    whole = await text_of(context, "xml.XmlToIon", "<a x='1'>t<b/><c>true</c></a>")
    assert whole == '{a:{x:1,b:"",c:true,content:"t"}}\n'


async def test_entities_that_grow_are_refused(context: FakeTaskContext):
    bomb = '<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>'
    with pytest.raises(TaskFailedError, match="declares the entity 'b'"):
        await run(context, "xml.XmlToIon", bomb)


async def test_rows_become_xml_and_come_back(context: FakeTaskContext):
    made = await run(
        context, "xml.IonToXml", "{id:1,'a b':\"<x>\",l:[1,2],m:{n:null}}\n", rootName="rows"
    )
    text = await context.stored_text(made["uri"])
    assert text.endswith(
        "<rows><item><id>1</id><a_b>&lt;x&gt;</a_b><l>1</l><l>2</l><m><n/></m></item></rows>"
    )
    back = await text_of(context, "xml.XmlToIon", made["uri"])
    assert back == '{rows:{item:{id:1,a_b:"<x>",l:[1,2],m:{n:""}}}}\n'


async def test_yaml_documents_and_lists_are_rows(context: FakeTaskContext):
    source = "- id: 1\n  day: 2024-01-02\n- id: 2\n---\nid: 3\n"
    assert await text_of(context, "yaml.YamlToIon", source) == (
        "{id:1,day:2024-01-02}\n{id:2}\n{id:3}\n"
    )


async def test_rows_become_yaml_and_json_and_back(context: FakeTaskContext):
    assert await text_of(context, "yaml.IonToYaml", '{id:1,name:"ä"}\n') == "- id: 1\n  name: ä\n"
    assert await text_of(context, "yaml.YamlToJson", "a: [1, x]\n") == '{"a": [1, "x"]}\n'
    assert await text_of(context, "yaml.JsonToYaml", '{"a": [1]}') == "a:\n- 1\n"
    assert await text_of(context, "json.JsonToJsonl", '[{"a":1}, 2]') == '{"a": 1}\n2\n'
