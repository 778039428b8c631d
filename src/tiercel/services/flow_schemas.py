"""JSON schemas of what people write: flows, templates, dashboards, and the inputs of flows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tiercel.model.inputs import InputType

ROOTS = {
    "flow": "io.kestra.core.models.flows.Flow",
    "template": "io.kestra.core.models.templates.Template",
    "task": "io.kestra.core.models.tasks.Task",
    "trigger": "io.kestra.core.models.triggers.AbstractTrigger",
    "plugindefault": "io.kestra.core.models.flows.PluginDefault",
    "dashboard": "io.kestra.core.models.dashboards.Dashboard",
}
"""What a schema can be of, and the name of its definition."""

_INPUT = "io.kestra.core.models.flows.input."
_INPUT_PROPERTIES: Mapping[str, Mapping[str, Any]] = {
    "id": {"type": "string", "pattern": "^[a-zA-Z0-9][.a-zA-Z0-9_-]*", "minLength": 1},
    "type": {"type": "string"},
    "description": {"type": "string", "title": "What the input is for."},
    "displayName": {"type": "string", "title": "Its name in forms.", "maxLength": 64},
    "required": {"type": "boolean", "default": True},
    "defaults": {"title": "The value when none is given."},
    "dependsOn": {
        "type": "object",
        "title": "Inputs that decide whether this one is asked for.",
        "properties": {
            "inputs": {"type": "array", "items": {"type": "string"}},
            "condition": {"type": "string"},
        },
    },
}
_BOUNDS = ("INT", "FLOAT", "DATE", "DATETIME", "TIME", "DURATION")
_NAMES = {"DATETIME": "DateTime", "URI": "URI"}
_TEMPLATE = ("id", "namespace", "description", "tasks", "errors")
_TEXT = {"type": "string"}

References = Sequence[Mapping[str, str]]
"""References to definitions, one for each type."""


def input_class(kind: str) -> str:
    """Return the name of the class that a type of input is described as."""
    return f"{_INPUT}{_NAMES.get(kind, kind.capitalize())}Input"


def input_properties(kind: str) -> dict[str, Any]:
    """Return the schemas of the properties of a type of input, by name."""
    properties = {key: dict(value) for key, value in _INPUT_PROPERTIES.items()}
    if kind in _BOUNDS:
        bound = {"INT": "integer", "FLOAT": "number"}.get(kind, "string")
        properties |= {"min": {"type": bound}, "max": {"type": bound}}
    if kind in ("SELECT", "MULTISELECT", "ENUM"):
        properties |= {
            "values": {"type": "array", "items": {"type": "string"}},
            "expression": {"type": "string"},
            "allowCustomValue": {"type": "boolean", "default": False},
        }
    if kind == "SELECT":
        properties["isRadio"] = {"type": "boolean", "default": False}
    if kind in ("ARRAY", "MULTISELECT"):
        properties["itemType"] = {"type": "string", "enum": list(InputType.__members__)}
    if kind in ("STRING", "SECRET"):
        properties["validator"] = {"type": "string"}
    if kind == "FILE":
        properties["extension"] = {"type": "string", "default": ".upl"}
    return properties


def input_definitions() -> dict[str, Any]:
    """Return the definition of each type of input."""
    return {
        input_class(kind.value): {
            "type": "object",
            "properties": {**input_properties(kind.value), "type": {"const": kind.value}},
            "required": ["id", "type"],
        }
        for kind in InputType
    }


def document_definitions(tasks: References, triggers: References) -> dict[str, Any]:
    """Return the definitions of flows, templates and plugin defaults."""
    flow = _flow_properties(tasks, triggers)
    return {
        ROOTS["flow"]: _object(flow, ["id", "namespace", "tasks"]),
        ROOTS["template"]: _object(
            {name: flow[name] for name in _TEMPLATE}, ["id", "namespace", "tasks"]
        ),
        ROOTS["task"]: {"oneOf": list(tasks)},
        ROOTS["trigger"]: {"oneOf": list(triggers)},
        ROOTS["plugindefault"]: _object(
            {"type": _TEXT, "forced": _boolean(False), "values": {"type": "object"}}, ["type"]
        ),
    }


def _flow_properties(tasks: References, triggers: References) -> dict[str, Any]:
    branch = {"type": "array", "items": {"oneOf": list(tasks)}}
    inputs = [{"$ref": f"#/definitions/{input_class(kind.value)}"} for kind in InputType]
    default = {"$ref": f"#/definitions/{ROOTS['plugindefault']}"}
    return {
        "id": {
            **_TEXT,
            "minLength": 1,
            "maxLength": 100,
            "pattern": "^[a-zA-Z0-9][a-zA-Z0-9._-]*",
        },
        "namespace": {
            **_TEXT,
            "minLength": 1,
            "maxLength": 150,
            "pattern": "^[a-z0-9][a-z0-9._-]*",
        },
        "revision": {"type": "integer", "minimum": 1},
        "description": _TEXT,
        "labels": {"oneOf": [{"type": "array", "items": {}}, {"type": "object"}]},
        "disabled": _boolean(False),
        "deleted": _boolean(False),
        "variables": {"type": "object"},
        "inputs": {"type": "array", "items": {"oneOf": inputs}},
        "outputs": {"type": "array", "items": _output(), "$dynamic": True},
        "tasks": {**branch, "minItems": 1},
        "errors": branch,
        "finally": branch,
        "afterExecution": branch,
        "listeners": {"type": "array", "items": {"type": "object"}, "$deprecated": True},
        "triggers": {"type": "array", "items": {"oneOf": list(triggers)}},
        "pluginDefaults": {"type": "array", "items": default},
        "concurrency": {
            "type": "object",
            "properties": {
                "limit": {"type": "integer", "minimum": 1},
                "behavior": {"type": "string", "enum": ["QUEUE", "CANCEL", "FAIL"]},
            },
            "required": ["limit"],
        },
        "retry": {"type": "object"},
        "sla": {"type": "array", "items": {"type": "object"}, "$beta": True},
    }


def _output() -> dict[str, Any]:
    kinds = list(InputType.__members__)
    return _object(
        {
            "id": {"type": "string"},
            "type": {"type": "string", "enum": kinds},
            "value": {},
            "description": {"type": "string"},
            "displayName": {"type": "string"},
            "required": _boolean(True),
        },
        ["id", "type", "value"],
    )


def _boolean(default: bool) -> dict[str, Any]:
    shown = json.dumps(default)
    return {
        "type": "boolean",
        "default": default,
        "markdownDescription": f"Default value is : `{shown}`",
    }


def _object(properties: Mapping[str, Any], required: Sequence[str]) -> dict[str, Any]:
    return {"type": "object", "properties": dict(properties), "required": list(required)}
