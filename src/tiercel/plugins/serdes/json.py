"""JSON to row files and back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from pydantic import Field

from tiercel.plugin.context import TaskContext
from tiercel.plugin.properties import Text
from tiercel.plugin.task import TaskFailedError
from tiercel.plugins.rows.plain import json_value
from tiercel.plugins.serdes.convert import Converter, rows_of, watched, write_rows

_CHUNK_CHARACTERS = 1 << 18


class JsonToIon(Converter):
    """Turn JSON lines, or one document, into a row file. Outputs: ``uri``, ``size``.

    Of a document that is an array, each element is a row.
    """

    type_name = "io.kestra.plugin.serdes.json.JsonToIon"
    aliases = ("io.kestra.plugin.serdes.json.JsonReader",)
    title = "Convert JSON to a row file."
    examples = (
        (
            "The elements of a JSON array as rows.",
            "id: rows\ntype: io.kestra.plugin.serdes.json.JsonToIon\n"
            'from: "{{ outputs.download.uri }}"\nnewLine: false',
        ),
    )

    charset: Text = Field(default="UTF-8", description="Character set of the file.")
    new_line: bool = Field(
        default=True,
        description=(
            "`true` reads a document from each line; `false` reads one document, each element "
            "of which is a row if it is an array."
        ),
    )

    def convert(self, context: TaskContext, source: Path, target: Path) -> int:
        """Write one row per line or element."""
        charset = "utf-8-sig" if self.charset.lower() in ("utf-8", "utf8") else self.charset
        try:
            with source.open(encoding=charset) as file:
                rows = _lines(file) if self.new_line else _elements(file)
                return write_rows(context, rows, target)
        except json.JSONDecodeError as error:
            raise TaskFailedError(f"The file is no JSON: {error}") from error
        except (UnicodeDecodeError, LookupError) as error:
            raise TaskFailedError(f"The file can't be read as {self.charset}: {error}") from error


def _lines(file: IO[str]) -> Iterator[Any]:
    for number, line in enumerate(file, start=1):
        if line.strip():
            try:
                yield json.loads(line)
            except json.JSONDecodeError as error:
                raise TaskFailedError(
                    f"Line {number} is no JSON: {error.msg}, column {error.colno}. For one document"
                    " over many lines set `newLine: false`."
                ) from error


def _elements(file: IO[str]) -> Iterator[Any]:
    """Yield the elements of an array one by one, or the document itself when it is no array."""
    text = file.read(_CHUNK_CHARACTERS).lstrip()
    if not text.startswith("["):
        yield json.loads(text + file.read())
        return
    decoder, text = json.JSONDecoder(), text[1:]
    while True:
        text = text.lstrip(" \t\r\n,")
        if text.startswith("]"):
            return
        found = _decoded(decoder, text)
        if found is None:
            more = file.read(max(_CHUNK_CHARACTERS, len(text)))
            if not more:
                raise json.JSONDecodeError("the array does not end", text[-50:], len(text[-50:]))
            text += more
        else:
            value, end = found
            yield value
            text = text[end:]


def _decoded(decoder: json.JSONDecoder, text: str) -> tuple[Any, int] | None:
    """Return a value and where it ends; None when more text is needed to tell."""
    try:
        value, end = decoder.raw_decode(text)
    except json.JSONDecodeError:
        return None
    # a number at the very end may go on in what is not read yet
    return (value, end) if end < len(text) else None


class JsonToJsonl(Converter):
    """Turn one JSON document into JSON lines, a line per element. Outputs: ``uri``, ``size``."""

    type_name = "io.kestra.plugin.serdes.json.JsonToJsonl"
    title = "Convert a JSON array to JSON lines."
    extension = ".jsonl"

    charset: Text = Field(default="UTF-8", description="Character set of the file.")

    def convert(self, context: TaskContext, source: Path, target: Path) -> int:
        """Write one line per element, or one for a document that is no array."""
        try:
            with (
                source.open(encoding=self.charset) as file,
                target.open("w", encoding="utf-8") as out,
            ):
                rows = watched(context, _elements(file))
                return _write_lines(out, (json.dumps(row, ensure_ascii=False) for row in rows))
        except (json.JSONDecodeError, UnicodeDecodeError) as error:
            raise TaskFailedError(f"The file is no JSON: {error}") from error


class IonToJson(Converter):
    """Turn a row file into JSON lines, or into one array. Outputs: ``uri``, ``size``."""

    type_name = "io.kestra.plugin.serdes.json.IonToJson"
    aliases = ("io.kestra.plugin.serdes.json.JsonWriter",)
    title = "Convert a row file to JSON."
    examples = (
        (
            "The rows of a query as one JSON array.",
            "id: json\ntype: io.kestra.plugin.serdes.json.IonToJson\n"
            'from: "{{ outputs.query.uri }}"\nnewLine: false',
        ),
    )

    charset: Text = Field(default="UTF-8", description="Character set of the JSON file.")
    new_line: bool = Field(
        default=True,
        description=(
            "`true` writes a document per line; `false` writes one array, or the row itself "
            "when there is one only."
        ),
    )
    time_zone_id: Text | None = Field(
        default=None, description="Accepted without effect: dates keep their offset."
    )
    should_keep_annotations: bool = Field(
        default=False, description="Accepted without effect: annotations of Ion are not written."
    )

    def target_extension(self) -> str:
        """Return ``.jsonl`` for lines, ``.json`` for a document."""
        return ".jsonl" if self.new_line else ".json"

    def convert(self, context: TaskContext, source: Path, target: Path) -> int:
        """Write the rows; a single one that is to be a document is no array."""
        rows = (
            json.dumps(json_value(row), ensure_ascii=False, separators=(",", ":"))
            for row in rows_of(context, source)
        )
        with target.open("w", encoding=self.charset) as file:
            return _write_lines(file, rows) if self.new_line else _write_array(file, rows)


def _write_lines(file: IO[str], rows: Iterator[str]) -> int:
    size = 0
    for row in rows:
        file.write(f"{row}\n")
        size += 1
    return size


def _write_array(file: IO[str], rows: Iterator[str]) -> int:
    first, second = next(rows, None), next(rows, None)
    if first is None or second is None:
        file.write("[]" if first is None else first)
        return 0 if first is None else 1
    file.write(f"[{first},{second}")
    size = 2
    for row in rows:
        file.write(f",{row}")
        size += 1
    file.write("]")
    return size
