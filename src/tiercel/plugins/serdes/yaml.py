"""YAML to row files, to JSON, and back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import yaml
from pydantic import Field

from tiercel.plugin.context import TaskContext
from tiercel.plugin.properties import Text
from tiercel.plugin.task import TaskFailedError
from tiercel.plugins.rows.plain import json_value
from tiercel.plugins.serdes.convert import Converter, rows_of, write_rows

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DUMPER: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def _documents(file: IO[str]) -> Iterator[Any]:
    """Yield the documents of a file.

    Raises:
        TaskFailedError: It is no YAML.
    """
    try:
        yield from yaml.load_all(file, Loader=_LOADER)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise TaskFailedError(f"The file is no YAML: {error}") from error


def _rows(file: IO[str]) -> Iterator[Any]:
    for document in _documents(file):
        if isinstance(document, list):
            yield from document
        else:
            yield document


class YamlToIon(Converter):
    """Turn YAML into a row file: a row per document, or per item of one that is a list.

    Outputs: ``uri``, ``size``.
    """

    type_name = "io.kestra.plugin.serdes.yaml.YamlToIon"
    title = "Convert YAML to a row file."
    examples = (
        (
            "The items of a list as rows.",
            "id: rows\ntype: io.kestra.plugin.serdes.yaml.YamlToIon\n"
            'from: "{{ outputs.download.uri }}"',
        ),
    )

    charset: Text = Field(default="UTF-8", description="Character set of the file.")

    def convert(self, context: TaskContext, source: Path, target: Path) -> int:
        """Write one row per document or item."""
        with source.open(encoding=self.charset) as file:
            return write_rows(context, _rows(file), target)


class IonToYaml(Converter):
    """Turn a row file into a YAML list. Outputs: ``uri``, ``size``."""

    type_name = "io.kestra.plugin.serdes.yaml.IonToYaml"
    title = "Convert a row file to YAML."
    extension = ".yaml"

    charset: Text = Field(default="UTF-8", description="Character set of the YAML file.")

    def convert(self, context: TaskContext, source: Path, target: Path) -> int:
        """Write one item per row."""
        size = 0
        with target.open("w", encoding=self.charset) as file:
            for row in rows_of(context, source):
                file.write(_dumped([json_value(row)]))
                size += 1
            if not size:
                file.write("[]\n")
        return size


class YamlToJson(Converter):
    """Turn YAML into JSON, a document for a document. Outputs: ``uri``, ``size``.

    Of several documents each is one line.
    """

    type_name = "io.kestra.plugin.serdes.yaml.YamlToJson"
    title = "Convert YAML to JSON."
    extension = ".json"

    charset: Text = Field(
        default="UTF-8", description="Character set of the YAML file; the JSON is in UTF-8."
    )

    def convert(self, context: TaskContext, source: Path, target: Path) -> int:
        """Write one line per document."""
        size = 0
        with source.open(encoding=self.charset) as file, target.open("w", encoding="utf-8") as out:
            for document in _documents(file):
                out.write(json.dumps(json_value(document), ensure_ascii=False, default=str) + "\n")
                size += 1
        return size


class JsonToYaml(Converter):
    """Turn one JSON document into YAML. Outputs: ``uri``, ``size``."""

    type_name = "io.kestra.plugin.serdes.yaml.JsonToYaml"
    title = "Convert JSON to YAML."
    extension = ".yaml"

    charset: Text = Field(
        default="UTF-8", description="Character set of the JSON file; the YAML is in UTF-8."
    )

    def convert(self, context: TaskContext, source: Path, target: Path) -> int:
        """Write the document."""
        try:
            document = json.loads(source.read_text(encoding=self.charset))
        except (json.JSONDecodeError, UnicodeDecodeError) as error:
            raise TaskFailedError(f"The file is no JSON: {error}") from error
        target.write_text(_dumped(document), encoding="utf-8")
        return len(document) if isinstance(document, list) else 1


def _dumped(value: Any) -> str:
    text = yaml.dump(value, Dumper=_DUMPER, sort_keys=False, allow_unicode=True)
    return str(text)
