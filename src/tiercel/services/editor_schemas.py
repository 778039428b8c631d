"""Definitions of plugin types for editors: what completion and hover know of their properties.

Editors show the first text that they meet on the way to a value, from the inside out. So what is
said of a property stands where its values are described, too, and each property is its own title.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from tiercel.model.inputs import InputType
from tiercel.plugin.common import RETRIES
from tiercel.plugin.index import Role
from tiercel.plugin.registry import PluginUnavailableError
from tiercel.plugin.schema import INPUT, TASK, TEMPLATE, plugin_schema
from tiercel.services.flow_schemas import (
    document_definitions,
    input_class,
    input_definitions,
    told_apart,
)

if TYPE_CHECKING:
    from tiercel.plugin.registry import Registry, TypeInfo

Shape = Mapping[str, Any]

ANY_TASK = "tiercel.AnyTask"
"""Name of the definition of a task inside another."""

_RETRIES = {form.__name__: kind for kind, form in RETRIES.items()}
_REFERENCE = re.compile(r'"#/\$defs/([^"]+)"')
_TASK = {"$ref": f"#/definitions/{ANY_TASK}"}
_INPUT = {"oneOf": [{"$ref": f"#/definitions/{input_class(kind.value)}"} for kind in InputType]}
_TEMPLATE = {key: value for key, value in TEMPLATE.items() if key != "description"}


def editor_definitions(registry: Registry) -> dict[str, Any]:
    """Return the definitions of all that a flow is made of, by name. Imports all types."""
    known: dict[str, tuple[TypeInfo, Shape]] = {}
    for info in registry.types():
        try:
            known[info.type_name] = info, plugin_schema(registry, info.type_name)
        except PluginUnavailableError:
            continue  # what can't be imported can't be described; its use is an error anyway
    infos = {name: info for name, (info, _) in known.items()}
    definitions: dict[str, Any] = {}
    shared: dict[str, str] = {}
    for type_name, (info, schema) in known.items():
        links = _links(type_name, schema["$defs"], shared)
        definitions[type_name] = _definition(info, schema, links)
        for name, value in schema["$defs"].items():
            if links[name] not in definitions:
                definitions[links[name]] = _nested(value, links, infos)
    tasks, triggers = _of_role(infos, Role.TASK), _of_role(infos, Role.TRIGGER)
    definitions[ANY_TASK] = {**TASK, "allOf": list(_by_type(tasks, infos))}
    return {
        **definitions,
        **input_definitions(),
        **document_definitions(_references(tasks), _references(triggers)),
    }


def is_dynamic(schema: Shape) -> bool:
    """Whether a property takes a template: any text does, unless it is one of some words."""
    arms = [schema, *schema.get("anyOf", [])]
    return any(arm.get("type") == "string" and "enum" not in arm for arm in arms)


def _of_role(infos: Mapping[str, TypeInfo], role: Role) -> list[str]:
    return [name for name, info in infos.items() if info.role is role]


def _references(names: Iterable[str]) -> list[dict[str, str]]:
    return [{"$ref": f"#/definitions/{name}"} for name in names]


def _by_type(names: Iterable[str], infos: Mapping[str, TypeInfo]) -> Iterator[dict[str, Any]]:
    """Yield what leads from a ``type`` to its definition, and to no other.

    Older names lead there, but are not offered.
    """
    for name in names:
        if name not in infos:
            continue
        older = "|".join(map(re.escape, infos[name].aliases))
        for kind in ({"const": name}, *(({"pattern": f"^(?:{older})$"},) if older else ())):
            condition = {"properties": {"type": kind}, "required": ["type"]}
            yield {"if": condition, "then": {"$ref": f"#/definitions/{name}"}}


def _links(owner: str, definitions: Shape, shared: dict[str, str]) -> Mapping[str, str]:
    """Return the names that definitions of one type have among those of all.

    Args:
        shared: Names by content: what is the same for several types has one. Is added to.
    """
    return {
        name: shared.setdefault(_content(name, definitions), f"{owner}-{name}")
        for name in definitions
    }


def _content(name: str, definitions: Shape) -> str:
    """Return a definition with all that it leads to as one text."""
    reached, waiting = dict[str, str](), [name]
    while waiting:
        current = waiting.pop()
        if current not in reached:
            reached[current] = text = json.dumps(definitions.get(current, {}), sort_keys=True)
            waiting += _REFERENCE.findall(text)
    return json.dumps([name, reached])


def _definition(info: TypeInfo, schema: Shape, links: Mapping[str, str]) -> dict[str, Any]:
    properties = {
        name: _property(name, value, links) for name, value in schema["properties"].items()
    }
    # the other names of a type stay valid in an editor
    names = [info.type_name, *info.aliases]
    named = {"const": info.type_name} if len(names) == 1 else {"enum": names}
    properties["type"] = {**named, "title": "type", "markdownDescription": schema["title"]}
    return {
        "type": "object",
        "title": schema["title"],
        "markdownDescription": schema["description"],
        "properties": properties,
        "required": list(schema["required"]),
        "additionalProperties": False,
        "$examples": [{"code": code} for code in schema["examples"]],
    }


def _property(name: str, value: Shape, links: Mapping[str, str]) -> dict[str, Any]:
    shown: dict[str, Any] = {**value, "title": name}
    text = shown.pop("description", "")
    if shown.pop("deprecated", False):
        shown["$deprecated"] = True
    if shown.get("default", ...) is None:
        del shown["default"]
    if "default" in shown:
        default = f"Default value is : `{json.dumps(shown['default'])}`"
        text = f"{text}\n\n{default}" if text else default
    shown = _relinked(shown, links)
    told = {"markdownDescription": text} if text else {}
    return {**_passed_on(shown, told), "$dynamic": is_dynamic(value)}


def _nested(
    shape: Shape, links: Mapping[str, str], infos: Mapping[str, TypeInfo]
) -> dict[str, Any]:
    """Return a definition; what takes any type of a kind leads to each of them."""
    types = shape.get("properties", {}).get("type", {}).get("examples")
    found: dict[str, Any] = _relinked(shape, links)
    if kind := _RETRIES.get(shape.get("title", "")):
        told = found["properties"]["type"]
        found["properties"]["type"] = {
            "const": kind,
            "title": "type",
            "description": told["description"],
        }
    return {**found, "allOf": list(_by_type(types, infos))} if types else found


def _relinked(value: Any, links: Mapping[str, str]) -> Any:
    """Return a schema whose references lead to definitions by their names among all.

    Tasks inside it, and inputs, lead to those of all types.
    """
    if isinstance(value, list):
        return [_relinked(item, links) for item in value]
    if not isinstance(value, dict):
        return value
    if value == TEMPLATE:
        return _TEMPLATE
    told = {"description": value["description"]} if value.get("description") else {}
    for shape, anything in ((TASK, _TASK), (INPUT, _INPUT)):
        if value.get("properties") == shape["properties"]:
            return {**anything, **told}
    found = {key: _relinked(item, links) for key, item in value.items()}
    if isinstance(value.get("$ref"), str):
        found["$ref"] = f"#/definitions/{links[value['$ref'].rpartition('/')[2]]}"
    if isinstance(value.get("properties"), dict):
        found["properties"] = {
            name: {**item, "title": name} if isinstance(item, dict) else item
            for name, item in found["properties"].items()
        }
    return _passed_on(found, told)


def _passed_on(shape: dict[str, Any], told: Mapping[str, str]) -> dict[str, Any]:
    """Return a property with its text, also where values are described by a definition."""
    if "anyOf" not in shape:
        return {**shape, **told}
    arms = [{**arm, **told} if "$ref" in arm else arm for arm in shape["anyOf"]]
    return {**shape, **told, "anyOf": told_apart(arms)}
