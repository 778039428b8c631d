"""XML to row files and back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.sax.saxutils import XMLGenerator
from xml.sax.xmlreader import AttributesImpl

from pydantic import Field

from tiercel.plugin.common import Written
from tiercel.plugin.context import TaskContext
from tiercel.plugin.properties import Text, as_text
from tiercel.plugin.task import TaskFailedError
from tiercel.plugins.rows.plain import json_value
from tiercel.plugins.serdes.convert import Converter, rows_of, write_rows
from tiercel.plugins.serdes.xml_tree import XmlRows

_NO_NAME_CHARACTER = re.compile(r"[^\w.-]")
_NO_ATTRIBUTES = AttributesImpl({})
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


class ParserConfiguration(Written):
    """How elements become values: those of ``forceList`` are lists even when alone."""

    force_list: list[Text] = Field(
        default=[], description="Names of elements that are lists even where there is one only."
    )


class XmlToIon(Converter):
    """Turn an XML file into a row file: one row per element at ``query``, or one for all.

    Attributes and child elements are fields. Outputs: ``uri``, ``size``.
    """

    type_name = "io.kestra.plugin.serdes.xml.XmlToIon"
    aliases = ("io.kestra.plugin.serdes.xml.XmlReader",)
    title = "Convert an XML file to a row file."
    examples = (
        (
            "One row per book of a catalogue.",
            "id: books\ntype: io.kestra.plugin.serdes.xml.XmlToIon\n"
            'from: "{{ outputs.download.uri }}"\nquery: /catalog/book',
        ),
    )

    charset: Text = Field(
        default="UTF-8", description="Character set of a file that does not name its own."
    )
    query: Text | None = Field(
        default=None,
        description=(
            "Path of the elements that become rows, such as `/catalog/book`. The whole "
            "document is one row when it is left out."
        ),
    )
    parser_configuration: ParserConfiguration | None = Field(
        default=None, description="How elements become values."
    )

    def convert(self, context: TaskContext, source: Path, target: Path) -> int:
        """Write one row per element."""
        path = tuple(part for part in (self.query or "").split("/") if part)
        settings = self.parser_configuration or ParserConfiguration()
        # UTF-8 is what a file without a first line of its own is; others are told to the parser
        charset = None if self.charset.lower() in ("utf-8", "utf8") else self.charset
        try:
            reader = XmlRows(path, frozenset(settings.force_list), charset)
        except LookupError as error:
            raise TaskFailedError(f"The charset '{self.charset}' is not known") from error
        with source.open("rb") as file:
            return write_rows(context, reader.rows(file), target)


class IonToXml(Converter):
    """Turn a row file into XML: an ``item`` per row. Outputs: ``uri``, ``size``."""

    type_name = "io.kestra.plugin.serdes.xml.IonToXml"
    aliases = ("io.kestra.plugin.serdes.xml.XmlWriter",)
    title = "Convert a row file to XML."
    examples = (
        (
            "The rows of a query as XML.",
            "id: xml\ntype: io.kestra.plugin.serdes.xml.IonToXml\n"
            'from: "{{ outputs.query.uri }}"\nrootName: customers',
        ),
    )
    extension = ".xml"

    charset: Text = Field(default="UTF-8", description="Character set of the XML file.")
    root_name: Text = Field(
        default="items", description="Name of the outermost element; each row is an `item` in it."
    )
    time_zone_id: Text | None = Field(
        default=None, description="Accepted without effect: dates keep their offset."
    )

    def convert(self, context: TaskContext, source: Path, target: Path) -> int:
        """Write one element per row."""
        size, root = 0, _name(self.root_name)
        with target.open("w", encoding=self.charset, newline="") as file:
            writer = XMLGenerator(file, self.charset, short_empty_elements=True)
            writer.startDocument()
            writer.startElement(root, _NO_ATTRIBUTES)
            for row in rows_of(context, source):
                _write(writer, "item", json_value(row))
                size += 1
            writer.endElement(root)
            writer.endDocument()
        return size


def _write(writer: XMLGenerator, name: str, value: Any) -> None:
    if isinstance(value, list):
        for item in value:
            _write(writer, name, item)
        return
    writer.startElement(name, _NO_ATTRIBUTES)
    if isinstance(value, Mapping):
        for key, item in value.items():
            _write(writer, _name(str(key)), item)
    elif value is not None:
        writer.characters(_CONTROL.sub("\ufffd", str(as_text(value))))
    writer.endElement(name)


def _name(text: str) -> str:
    """Return the element name nearest to a text."""
    name = _NO_NAME_CHARACTER.sub("_", text) or "_"
    return name if name[0].isalpha() or name[0] == "_" else f"_{name}"
