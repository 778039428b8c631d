"""JSON schema of plugin types, for editors, forms and documentation.

A schema describes an object as a flow writes it: the type's own properties, those that all objects
of its role have, and for each the possibility of a template.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from tiercel.model.inputs import InputType
from tiercel.model.task import TaskKind
from tiercel.plugin.common import RETRIES, CommonTask, CommonTrigger
from tiercel.plugin.fields import properties_of
from tiercel.plugin.index import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tiercel.plugin.fields import Property
    from tiercel.plugin.registry import Registry, TypeInfo
    from tiercel.plugin.task import Plugin

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_Generated = tuple[dict[type[BaseModel], dict[str, Any]], dict[str, Any]]
"""References to models, and the definitions they lead to."""
ID_PATTERN = "^[a-zA-Z0-9][a-zA-Z0-9_-]*$"

_TEMPLATE = {"type": "string", "pattern": r"\{\{|\{%", "description": "A template."}
_TASK = {
    "type": "object",
    "required": ["id", "type"],
    "properties": {"id": {"type": "string"}, "type": {"type": "string"}},
}
_BRANCHES: dict[str, dict[str, Any]] = {
    "list": {"type": "array", "items": _TASK},
    "map": {"type": "object", "additionalProperties": {"type": "array", "items": _TASK}},
    "single": _TASK,
    "dag": {
        "type": "array",
        "items": {
            "type": "object",
            "required": ["task"],
            "properties": {
                "task": _TASK,
                "dependsOn": {"type": "array", "items": {"type": "string"}},
            },
            "additionalProperties": False,
        },
    },
}
_INPUTS = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["id", "type"],
        "properties": {"id": {"type": "string"}, "type": {"enum": list(InputType)}},
    },
}


def plugin_schema(registry: Registry, name: str) -> dict[str, Any]:
    """Return the schema of a type, found by any of its names.

    Raises:
        NotFoundError: No such type.
        PluginUnavailableError: Its code can't be imported.
    """
    info = registry.resolve(name)
    plugin = registry.load(info.type_name)
    common = _common(info)
    refs, defs = _generated(plugin, common)
    own = _resolved(refs[plugin], defs)
    properties = {
        "type": {"enum": [info.type_name, *info.aliases]},
        **_role_properties(info, [refs[model] for model in RETRIES.values()]),
        **(_properties(common, _resolved(refs[common], defs)) if common else {}),
        **_properties(plugin, own),
    }
    has_id = info.role in (Role.TASK, Role.TRIGGER)
    schema = {
        "$schema": DIALECT,
        "title": plugin.title,
        "description": (plugin.__doc__ or "").strip(),
        "type": "object",
        "properties": properties,
        "required": [*(["id"] if has_id else []), "type", *own.get("required", [])],
        "additionalProperties": False,
        "examples": [text for _, text in plugin.examples],
    }
    if plugin.is_deprecated:
        schema["deprecated"] = True
    used = dict(_used(schema, defs))
    schema["$defs"] = {key: _base(registry, key) or value for key, value in used.items()}
    return schema


def _generated(plugin: type[Plugin], common: type[BaseModel] | None) -> _Generated:
    """Return references and definitions of a type and of what all objects of its role have.

    The latter is the same for all types and generated once; only where two models of one name
    meet is everything named anew.
    """
    refs, defs = _schemas_of(plugin)
    more_refs, more_defs = _shared(common)
    if all(defs[name] == more_defs[name] for name in defs.keys() & more_defs.keys()):
        return refs | more_refs, defs | more_defs
    return _schemas_of(plugin, *more_refs)


@cache
def _shared(common: type[BaseModel] | None) -> _Generated:
    return _schemas_of(*([common] if common else []), *RETRIES.values())


def _schemas_of(*models: type[BaseModel]) -> _Generated:
    refs, whole = models_json_schema([(model, "validation") for model in models])
    return {model: refs[model, "validation"] for model in models}, whole.get("$defs", {})


def _resolved(schema: dict[str, Any], defs: dict[str, Any]) -> dict[str, Any]:
    """Follow a reference of pydantic's to what it names."""
    reference = schema.get("$ref")
    found: dict[str, Any] = defs[reference.rpartition("/")[2]] if reference else schema
    return found


def _common(info: TypeInfo) -> type[BaseModel] | None:
    if info.role is Role.TASK:
        return CommonTask
    return CommonTrigger if info.role is Role.TRIGGER else None


def _role_properties(info: TypeInfo, retries: list[dict[str, Any]]) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    if info.role in (Role.TASK, Role.TRIGGER):
        properties["id"] = {"type": "string", "pattern": ID_PATTERN, "maxLength": 256}
    if info.role is Role.TASK:
        properties["retry"] = {"anyOf": retries}
    if info.role is Role.TRIGGER:
        properties["conditions"] = {"type": "array", "items": {"$ref": "#/$defs/Condition"}}
    if info.kind is TaskKind.FLOWABLE:
        properties |= {"errors": _BRANCHES["list"], "finally": _BRANCHES["list"]}
    return properties


def _properties(model: type[BaseModel] | type[Plugin], schema: dict[str, Any]) -> dict[str, Any]:
    """Return the properties of one model, each open to templates."""
    written = schema.get("properties", {})
    found: dict[str, Any] = {}
    for name, item in properties_of(model).items():
        found[name] = _property(item, written.get(item.name, {}))
        if name != item.name:
            found[name] = {**found[name], "deprecated": True}
    return found


def _property(item: Property, schema: dict[str, Any]) -> dict[str, Any]:
    if item.branch is not None:
        return _BRANCHES[item.branch.shape]
    if item.is_inputs:
        return _INPUTS
    facts: dict[str, Any] = {
        key: schema[key] for key in ("title", "description", "default") if key in schema
    }
    kind = {key: value for key, value in schema.items() if key not in facts}
    arms = kind.get("anyOf", [kind])
    if not kind or any(arm.get("type") == "string" and "enum" not in arm for arm in arms):
        return schema
    return facts | {"anyOf": [*arms, _TEMPLATE]}


_ROLES = {
    "Condition": Role.CONDITION,
    "TaskRunner": Role.RUNNER,
    "ModelProvider": Role.PART,
    "EmbeddingStore": Role.PART,
}


def _base(registry: Registry, name: str) -> dict[str, Any] | None:
    """Return what stands for a nested plugin: any type of that role."""
    role = _ROLES.get(name)
    if role is None:
        return None
    types = [info.type_name for info in registry.types() if info.role is role]
    return {
        "type": "object",
        "required": ["type"],
        "properties": {"type": {"type": "string", "examples": types}},
    }


def _used(schema: Any, defs: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the definitions that a schema refers to, directly or not."""
    seen: set[str] = set()
    waiting = [schema]
    while waiting:
        current = waiting.pop()
        if isinstance(current, list):
            waiting += current
        elif isinstance(current, dict):
            waiting += current.values()
            name = str(current.get("$ref", "")).rpartition("/")[2]
            if name and name not in seen:
                seen.add(name)
                found = defs.get(name, {})
                waiting.append(found)
                yield name, found
