"""JSON schemas of what people write: flows, templates, dashboards, and the inputs of flows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tiercel.model.inputs import INPUT_CLASSES, InputType
from tiercel.plugin.common import RETRIES

if TYPE_CHECKING:
    from pydantic import BaseModel

    from tiercel.plugin.common import WrittenRetry

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
_INPUT_ID = {"pattern": "^[a-zA-Z0-9][.a-zA-Z0-9_-]*", "minLength": 1}
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
    properties = _properties_of(INPUT_CLASSES[InputType(kind)])
    return {**properties, "id": {**properties["id"], **_INPUT_ID}}


def _properties_of(model: type[BaseModel]) -> dict[str, Any]:
    """Return the schemas of a class's properties, each whole in itself and its own title."""
    schema = model.model_json_schema()
    return {
        name: {**_inlined(value, schema.get("$defs", {})), "title": name}
        for name, value in schema["properties"].items()
    }


def _inlined(value: Any, definitions: Mapping[str, Any]) -> Any:
    """Return a schema with definitions in the place of references to them.

    Of a definition only the values are taken: what is said of it is said of the property already.
    """
    if isinstance(value, list):
        return [_inlined(item, definitions) for item in value]
    if not isinstance(value, dict):
        return value
    found = {key: _inlined(item, definitions) for key, item in value.items() if key != "$ref"}
    if isinstance(value.get("$ref"), str):
        named = definitions[value["$ref"].rpartition("/")[2]]
        shape = {key: item for key, item in named.items() if key != "description"}
        found = {**_inlined(shape, definitions), **found}
    if found.get("default", ...) is None:
        del found["default"]
    if isinstance(found.get("title"), str):
        del found["title"]
    if "anyOf" in found:
        found["anyOf"] = told_apart(found["anyOf"])
    return found


def told_apart(arms: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the arms of a schema so that editors see that they are different ones.

    They tell them by title, description and properties. When a value seems to fit all of them they
    show these, and not what is said of the property.
    """
    return [{"properties": {}, **arm} if "type" in arm else dict(arm) for arm in arms]


def input_definitions() -> dict[str, Any]:
    """Return the definition of each type of input."""
    return {
        input_class(kind.value): {
            "type": "object",
            "description": (INPUT_CLASSES[kind].__doc__ or "").strip(),
            "properties": {**input_properties(kind.value), "type": _kind(kind)},
            "required": ["id", "type"],
        }
        for kind in InputType
    }


def _kind(kind: InputType) -> dict[str, Any]:
    return {"const": kind.value, "description": INPUT_CLASSES[kind].__doc__}


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
        ROOTS["plugindefault"]: _object(_DEFAULT, ["type", "values"]),
    }


def _flow_properties(tasks: References, triggers: References) -> dict[str, Any]:
    branch = {"type": "array", "items": {"oneOf": list(tasks)}}
    inputs = [{"$ref": f"#/definitions/{input_class(kind.value)}"} for kind in InputType]
    default = {"$ref": f"#/definitions/{ROOTS['plugindefault']}"}
    listener = {"type": "object"}
    shapes: dict[str, dict[str, Any]] = {
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
        "labels": {"oneOf": [{"type": "array", "items": _LABEL}, {"type": "object"}]},
        "disabled": _boolean(False),
        "deleted": _boolean(False),
        "variables": {"type": "object"},
        "inputs": _list({"oneOf": inputs}),
        "outputs": {**_list(_OUTPUT), "$dynamic": True},
        "tasks": {**branch, "minItems": 1},
        "errors": branch,
        "finally": branch,
        "afterExecution": branch,
        "listeners": {**_list(listener), "$deprecated": True},
        "triggers": _list({"oneOf": list(triggers)}),
        "pluginDefaults": _list(default),
        "concurrency": _object(_CONCURRENCY, ["limit"]),
        "retry": {"anyOf": [_retry(kind, form) for kind, form in RETRIES.items()]},
        "sla": {**_list(_object(_SLA, ["id", "type", "behavior"])), "$beta": True},
        "checks": _list(_object(_CHECK, ["condition", "message"])),
    }
    return {name: _told(shape, _FLOW[name]) for name, shape in shapes.items()}


def _retry(kind: str, form: type[WrittenRetry]) -> dict[str, Any]:
    properties = _properties_of(form)
    properties["type"] = {"const": kind, "description": properties["type"]["description"]}
    return _object(properties, form.model_json_schema().get("required", []))


def _told(shape: Mapping[str, Any], told: str) -> dict[str, Any]:
    """Return a schema with what is said of it; editors show the longer form with the default."""
    longer = shape.get("markdownDescription")
    more = {"markdownDescription": f"{told}\n\n{longer}"} if longer else {}
    return {**shape, "description": told, **more}


def _text(told: str) -> dict[str, Any]:
    return {**_TEXT, "description": told}


def _choice(told: str, *values: str, default: str = "") -> dict[str, Any]:
    return {**_text(told), "enum": list(values), **({"default": default} if default else {})}


def _list(items: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": dict(items)}


def _boolean(default: bool) -> dict[str, Any]:
    shown = json.dumps(default)
    return {
        "type": "boolean",
        "default": default,
        "markdownDescription": f"Default value is : `{shown}`",
    }


def _object(properties: Mapping[str, Any], required: Sequence[str]) -> dict[str, Any]:
    return {"type": "object", "properties": dict(properties), "required": list(required)}


_FLOW: Mapping[str, str] = {
    "id": "Name of the flow, the only one in its namespace. It can't be changed later.",
    "namespace": "Namespace of the flow: names with dots between, such as `company.team`.",
    "revision": "Number of this version. The server counts it; what is written is ignored.",
    "description": "What the flow is for, in Markdown.",
    "labels": "Labels that each execution gets: a map, or a list of `key` and `value`.",
    "disabled": "`true` lets nothing start executions of the flow.",
    "deleted": "Set by the server; what is written is ignored.",
    "variables": "Values that templates see as `vars.NAME`. Use `render(vars.NAME)` for templates.",
    "inputs": "Values that an execution is started with; templates see them as `inputs.NAME`.",
    "outputs": "Values that the execution has when it is over, for the flows that wait for it.",
    "tasks": "Tasks to run, one after another.",
    "errors": "Tasks that run, one after another, when a task has failed.",
    "finally": "Tasks that run at the end of an execution, however its tasks ended.",
    "afterExecution": "Tasks that run once the execution is over and has its final state.",
    "listeners": "Older way to run tasks after an execution. Write `afterExecution` instead.",
    "triggers": "What starts executions by itself: schedules, webhooks, other flows, files.",
    "pluginDefaults": "Values for properties of tasks and triggers that do not give them.",
    "concurrency": "How many executions may run at once. Any number when it is left out.",
    "retry": "When and how often a failed execution is tried again. Never when it is left out.",
    "sla": "What an execution must keep to while it runs, and what happens when it does not.",
    "checks": "What must hold before an execution is started.",
}
_LABEL = {
    "type": "object",
    "properties": {"key": _text("Name of the label."), "value": _text("Its value.")},
}
_OUTPUT: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "id": _text("Name of the output, the only one in the flow."),
        "type": _choice("What its value is.", *InputType.__members__),
        "value": {"description": "Its value, usually a template such as `{{ outputs.load.uri }}`."},
        "description": _text("What the output is, in Markdown."),
        "displayName": _text("Name of the output in pages. Its id when it is left out."),
        "required": _told(_boolean(True), "Whether it must have a value; `false` lets it be null."),
    },
    "required": ["id", "type", "value"],
}
_DEFAULT: Mapping[str, Any] = {
    "type": _text("Type that gets the values, or the beginning of the names of several types."),
    "forced": _told(_boolean(False), "Whether the values count before what tasks give themselves."),
    "values": {"type": "object", "description": "Values of properties, by name."},
}
_CONCURRENCY: Mapping[str, Any] = {
    "limit": {
        "type": "integer",
        "minimum": 1,
        "description": "How many executions of the flow may run at once.",
    },
    "behavior": _choice(
        "What happens to one more: it waits, `QUEUE`, or ends at once, `CANCEL` or `FAIL`.",
        *("QUEUE", "CANCEL", "FAIL"),
        default="QUEUE",
    ),
}
_SLA: Mapping[str, Any] = {
    "id": _text("Name of the agreement, the only one in the flow."),
    "type": _choice(
        "What is watched: how long the execution takes, or a condition.",
        *("MAX_DURATION", "EXECUTION_ASSERTION"),
    ),
    "behavior": _choice(
        "What happens when it is not kept: the execution fails, is cancelled, or gets the labels.",
        *("FAIL", "CANCEL", "NONE"),
    ),
    "duration": _text("How long the execution may take, such as `PT1H`, for `MAX_DURATION`."),
    "assert": _text("Template that must be true all the time, for `EXECUTION_ASSERTION`."),
    "labels": {
        "oneOf": [{"type": "array", "items": _LABEL}, {"type": "object"}],
        "description": "Labels that the execution gets when it is not kept.",
    },
}
_CHECK: Mapping[str, Any] = {
    "condition": _text("Template that must be true, such as `{{ inputs.rows > 0 }}`."),
    "message": _text("What is said when it is not."),
    "style": _choice(
        "How the message is shown.", "ERROR", "SUCCESS", "WARNING", "INFO", default="INFO"
    ),
    "behavior": _choice(
        "What happens then: no execution is started, one that has failed, or one all the same.",
        *("BLOCK_EXECUTION", "FAIL_EXECUTION", "CREATE_EXECUTION"),
        default="BLOCK_EXECUTION",
    ),
}
