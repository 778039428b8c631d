"""Writes the list of all requests, with examples, into the documentation of the API.

``python -m tiercel.web.docs docs/api.md`` writes what stands between its two marks anew.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from tiercel.web import examples as ex
from tiercel.web.app import create_app
from tiercel.web.parameter_texts import example_place

BEGIN = "<!-- Made by `python -m tiercel.web.docs docs/api.md` from the routes: -->"
END = "<!-- until here -->"

_WIDTH = 100
_JSON = "application/json"
_HEAD = """\
### Objects

Where an example says `Flow`, `Execution` and the like, one of these stands there.
A request that is refused is answered with an `Error`. Parameters in bold must be given.
"""


def request_list() -> str:
    """Return all requests as Markdown: for each part of the API a table, then examples."""
    document = create_app(cast("Any", SimpleNamespace())).openapi()
    rows: dict[str, list[str]] = {}
    blocks: dict[str, list[str]] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            tag = operation["tags"][0]
            text = " ".join(operation["description"].partition("\n\n")[0].split())
            row = f"| `{method.upper()} {path}` | {text} | {_names(operation)} |"
            rows.setdefault(tag, []).append(row)
            blocks.setdefault(tag, []).append("\n".join(_example(method.upper(), path, operation)))
    parts = [_objects()]
    for tag, table in sorted(rows.items()):
        title = f"### {tag.capitalize()}"
        examples = ["```http", "\n\n".join(blocks[tag]), "```"]
        head = ["| Request | Effect | Query |", "|---|---|---|"]
        lines = [title, "", *head, *table, "", *examples, ""]
        parts.append("\n".join(lines))
    return "\n".join(parts)


def _objects() -> str:
    shown = [f"{name} = {_shown(value, top=True)}" for name, value in ex.NAMED.items()]
    return "\n".join([_HEAD, "```js", *shown, "```", ""])


def _example(method: str, path: str, operation: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of a request and of its answer."""
    yield f"{method} {_filled(path)}{_query(operation)}"
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        yield f"Content-Type: {kind}"
        yield from _body(kind, content["example"])
    [(status, answer)] = [
        item for item in operation["responses"].items() if item[0].startswith("2")
    ]
    contents = answer.get("content", {})
    yield f"→ {status}{''.join(f' {kind}' for kind in contents)}"
    for kind, content in contents.items():
        yield from _body(kind, content["example"])


def _filled(path: str) -> str:
    return re.sub(r"\{(\w+)(?::\w+)?\}", lambda found: example_place(found[1]), path)


def _in_query(operation: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from (item for item in operation.get("parameters", ()) if item["in"] == "query")


def _names(operation: Mapping[str, Any]) -> str:
    """Return the parameters of the query; those in bold must be given."""
    names = {item["name"]: bool(item.get("required")) for item in _in_query(operation)}
    return ", ".join(f"**`{name}`**" if must else f"`{name}`" for name, must in names.items())


def _query(operation: Mapping[str, Any]) -> str:
    """Return the parameters that must be given."""
    pairs = []
    for item in _in_query(operation):
        if item.get("required"):
            example = item["example"]
            value = example[0] if isinstance(example, list) else example
            pairs.append(f"{item['name']}={value}")
    return f"?{'&'.join(pairs)}" if pairs else ""


def _body(kind: str, example: Any) -> Iterator[str]:
    if isinstance(example, str) and kind != _JSON:
        yield from (f"  {line}".rstrip() for line in example.rstrip("\n").splitlines())
    else:
        yield from (f"  {line}" for line in _shown(example).splitlines())


def _shown(value: Any, *, top: bool = False) -> str:
    """Return a value as JSON, one line or a line for each member; known objects by name.

    Args:
        top: The value itself is the known object.
    """
    if not top:
        for name, known in ex.NAMED.items():
            if value == known:
                return name
    line = _line(value, top=top)
    if len(line) <= _WIDTH or not isinstance(value, dict):
        return line
    members = (f"  {json.dumps(key)}: {_line(item)}" for key, item in value.items())
    return "{\n" + ",\n".join(members) + "\n}"


def _line(value: Any, *, top: bool = False) -> str:
    if not top and isinstance(value, dict):
        for name, known in ex.NAMED.items():
            if value == known:
                return name
    if isinstance(value, dict):
        members = (f"{json.dumps(key)}: {_line(item)}" for key, item in value.items())
        return "{" + ", ".join(members) + "}"
    if isinstance(value, list):
        return f"[{', '.join(map(_line, value))}]"
    return json.dumps(value, ensure_ascii=False)


def written(text: str) -> str:
    """Return a document with its list of requests made anew."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{request_list()}\n{END}{after}"


if __name__ == "__main__":
    page = Path(sys.argv[1])
    page.write_text(written(page.read_text("utf-8")), "utf-8")
