"""Pages of plugin types as Markdown."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator, Mapping
from typing import Any

Shape = Mapping[str, Any]


def plugin_page(
    type_name: str, description: str, shown: Shape, outputs: Shape, definitions: Shape
) -> str:
    """Return the page of a type.

    Args:
        description: Of the type; ``shown`` has its title.
        shown: Schema with the properties that are shown, each with ``$required``, and examples.
        outputs: Schemas of outputs, by name.
        definitions: What references of both lead to, by name.
    """
    lines = [
        *_head(type_name, description, shown),
        *("## Properties", ""),
        *(_line(name, value, value["$required"]) for name, value in shown["properties"].items()),
    ]
    if outputs:
        lines += ["", "## Outputs", ""]
        lines += [_output_line(name, value) for name, value in outputs.items()]
    found = _reached([shown["properties"], outputs], definitions)
    if found:
        lines += ["", "## Definitions"]
    for name, value in found.items():
        lines += _definition_lines(name, value)
    return "\n".join(lines)


def _head(type_name: str, description: str, shown: Shape) -> Iterator[str]:
    yield from (f"# {type_name.rpartition('.')[2]}", "")
    yield from ("```yaml", f'type: "{type_name}"', "```", "", shown["title"], "")
    if description:
        yield from (description, "")
    if shown["$examples"]:
        yield from ("## Examples", "")
    for example in shown["$examples"]:
        yield from (f"> {example['title']}", "", "```yaml", example["code"].rstrip(), "```", "")


def _line(name: str, value: Shape, is_required: bool) -> str:
    facts = ["required"] if is_required else []
    if value.get("default") is not None:
        facts.append(f"default `{json.dumps(value['default'])}`")
    told = str(value.get("description", ""))
    for other in _references(value):
        told = f"{told} See `{other}`.".lstrip()
    named = f"- **`{name}`**" + (f" ({', '.join(facts)})" if facts else "")
    return f"{named}: {told}" if told else named


def _output_line(name: str, value: Shape) -> str:
    facts = [str(value.get("type", "")), str(value.get("description", ""))]
    return f"- **`{name}`**{': ' + ', '.join(filter(None, facts)) if any(facts) else ''}"


def _definition_lines(name: str, value: Shape) -> Iterator[str]:
    yield from ("", f"### {name}", "")
    if value.get("description"):
        yield from (inspect.cleandoc(value["description"]), "")
    properties = value.get("properties", {})
    choices = value.get("enum") or properties.get("type", {}).get("examples") or ()
    if choices:
        yield f"One of {', '.join(f'`{choice}`' for choice in choices)}."
    if choices and properties:
        yield ""
    for key, item in properties.items():
        yield _line(key, item, key in value.get("required", ()))


def _reached(shapes: list[Any], definitions: Shape) -> dict[str, Any]:
    """Return the definitions that shapes lead to, directly or not, in the order they are met."""
    found: dict[str, Any] = {}
    waiting = list(_references(shapes))
    while waiting:
        name = waiting.pop(0)
        if name not in found and name in definitions:
            found[name] = definitions[name]
            waiting += _references(definitions[name])
    return found


def _references(value: Any) -> list[str]:
    """Return the names of the definitions that a schema names itself, each once."""
    found: dict[str, None] = {}
    waiting = [value]
    while waiting:
        current = waiting.pop(0)
        if isinstance(current, list):
            waiting += current
        elif isinstance(current, Mapping):
            if isinstance(current.get("$ref"), str):
                found[current["$ref"].rpartition("/")[2]] = None
            waiting += current.values()
    return list(found)
