"""JSON schema of plugin types, for editors, forms and documentation.

A schema describes an object as a flow writes it: the type's own properties, those that all objects
of its role have, and for each the possibility of a template.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, get_args

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from tiercel.model.inputs import InputType
from tiercel.model.task import TaskKind
from tiercel.plugin.common import RETRIES, CommonTask, CommonTrigger
from tiercel.plugin.fields import properties_of
from tiercel.plugin.index import Role
from tiercel.plugin.registry import PluginUnavailableError
from tiercel.plugin.runner import TaskRunner
from tiercel.plugin.task import Condition, Plugin

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tiercel.plugin.fields import Property
    from tiercel.plugin.registry import Registry, TypeInfo

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_Generated = tuple[dict[type[BaseModel], dict[str, Any]], dict[str, Any]]
"""References to models, and the definitions they lead to."""
_FACTS = ("title", "description", "default", "deprecated")
ID_PATTERN = "^[a-zA-Z0-9][a-zA-Z0-9_-]*$"

TEMPLATE = {"type": "string", "pattern": r"\{\{|\{%", "description": "A template."}
"""What stands beside values that are no texts."""
TASK: dict[str, Any] = {
    "type": "object",
    "required": ["id", "type"],
    "properties": {
        "id": {"type": "string", "description": "Name of the task, the only one in its flow."},
        "type": {"type": "string", "description": "Type of the task, which says what it does."},
    },
}
"""What stands for any task inside another."""
_BRANCHES: dict[str, dict[str, Any]] = {
    "list": {"type": "array", "items": TASK},
    "map": {"type": "object", "additionalProperties": {"type": "array", "items": TASK}},
    "single": TASK,
    "dag": {
        "type": "array",
        "items": {
            "type": "object",
            "required": ["task"],
            "properties": {
                "task": {**TASK, "description": "The task to run."},
                "dependsOn": {
                    "type": "array",
                    "items": {"type": "string"},
                    "description": "Ids of the tasks that must have ended before it.",
                },
            },
            "additionalProperties": False,
        },
    },
}
INPUT: dict[str, Any] = {
    "type": "object",
    "required": ["id", "type"],
    "properties": {
        "id": {"type": "string", "description": "Name of the input, the only one in its list."},
        "type": {"enum": list(InputType), "description": "What its values are."},
    },
}
"""What stands for any input."""
_INPUTS = {"type": "array", "items": INPUT}
_IDS = {
    Role.TASK: "Name of the task, the only one in its flow. Templates use it: `outputs.NAME`.",
    Role.TRIGGER: "Name of the trigger, the only one in its flow.",
}
_RETRY = "When and how often the task is tried again after it failed. Never when it is left out."
_CONDITIONS = "What must hold for the trigger to start an execution: all of these."
_ERRORS = "Tasks that run, one after another, when a task inside has failed."
_FINALLY = "Tasks that run at the end, one after another, however the tasks inside ended."


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
        "type": {"enum": [info.type_name, *info.aliases], "description": plugin.title},
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
    bases = _bases(plugin)
    schema["$defs"] = {
        name: _base(registry, bases[name]) if name in bases else value
        for name, value in used.items()
    }
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
    if info.role in _IDS:
        form = {"type": "string", "pattern": ID_PATTERN, "maxLength": 256}
        properties["id"] = {**form, "description": _IDS[info.role]}
    if info.role is Role.TASK:
        properties["retry"] = {"anyOf": retries, "description": _RETRY}
    if info.role is Role.TRIGGER:
        conditions = {"type": "array", "items": {"$ref": "#/$defs/Condition"}}
        properties["conditions"] = {**conditions, "description": _CONDITIONS}
    if info.kind is TaskKind.FLOWABLE:
        properties["errors"] = {**_BRANCHES["list"], "description": _ERRORS}
        properties["finally"] = {**_BRANCHES["list"], "description": _FINALLY}
    return properties


def _properties(model: type[BaseModel] | type[Plugin], schema: dict[str, Any]) -> dict[str, Any]:
    """Return the properties of one model, each open to templates."""
    written = schema.get("properties", {})
    found: dict[str, Any] = {}
    for name, item in properties_of(model).items():
        shape = written.get(item.name, {})
        told = model.model_fields[item.field].description
        if told:
            # left out where it is, word for word, what is said of the values' own class
            shape = {"description": told, **shape}
        found[name] = _property(item, shape)
        if name != item.name:
            told = f"Older name of `{item.name}`. {found[name].get('description', '')}"
            found[name] = {**found[name], "description": told.strip(), "deprecated": True}
    return found


def _property(item: Property, schema: dict[str, Any]) -> dict[str, Any]:
    facts: dict[str, Any] = {key: schema[key] for key in _FACTS if key in schema}
    if item.branch is not None:
        return {**_BRANCHES[item.branch.shape], **_told(facts)}
    if item.is_inputs:
        return {**_INPUTS, **_told(facts)}
    kind = {key: value for key, value in schema.items() if key not in facts}
    arms = kind.get("anyOf", [kind])
    if not kind or any(arm.get("type") == "string" and "enum" not in arm for arm in arms):
        return schema
    return facts | {"anyOf": [*arms, TEMPLATE]}


def _told(facts: dict[str, Any]) -> dict[str, Any]:
    """Return what is said of a property, without what is known of its values."""
    return {key: facts[key] for key in ("description", "deprecated") if key in facts}


def _bases(model: type[BaseModel]) -> dict[str, type[Plugin]]:
    """Return what properties hold that any type of a kind fits into, at any depth, by name."""
    found: dict[str, type[Plugin]] = {Condition.__name__: Condition}
    seen: set[type[BaseModel]] = set()
    waiting: list[Any] = [model]
    while waiting:
        current = waiting.pop()
        if not (isinstance(current, type) and issubclass(current, BaseModel)):
            waiting += get_args(current)
        elif current not in seen:
            seen.add(current)
            waiting += [field.annotation for field in current.model_fields.values()]
            if issubclass(current, Plugin) and not hasattr(current, "type_name"):
                found[current.__name__] = current
    return found


def _base(registry: Registry, base: type[Plugin]) -> dict[str, Any]:
    """Return what stands for a nested plugin: any type that is of this kind."""
    roles = {Condition: Role.CONDITION, TaskRunner: Role.RUNNER}
    role = roles.get(base, Role.PART)
    types = [info.type_name for info in registry.types() if info.role is role]
    if role is Role.PART:
        types = [name for name in types if _is_kind_of(registry, name, base)]
    kind = {"type": "string", "examples": types, "description": "Type of it, which says more."}
    return {
        "type": "object",
        "required": ["type"],
        "properties": {"type": kind},
    }


def _is_kind_of(registry: Registry, type_name: str, base: type[Plugin]) -> bool:
    try:
        return issubclass(registry.load(type_name), base)
    except PluginUnavailableError:
        return False


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
