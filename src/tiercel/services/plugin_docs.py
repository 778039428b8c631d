"""Plugin types for people and editors: lists, icons, documentation, JSON schemas."""

from __future__ import annotations

import base64
import hashlib
import inspect
from collections.abc import Sequence
from functools import cached_property
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from tiercel.model.errors import IllegalArgumentError, NotFoundError
from tiercel.model.inputs import InputType
from tiercel.model.task import TaskKind
from tiercel.plugin.index import Role
from tiercel.plugin.outputs import output_properties
from tiercel.plugin.schema import plugin_schema
from tiercel.services.dashboard_schema import dashboard_definitions
from tiercel.services.editor_schemas import editor_definitions, is_dynamic
from tiercel.services.flow_schemas import ROOTS, input_class, input_properties
from tiercel.services.plugin_pages import plugin_page

if TYPE_CHECKING:
    from tiercel.plugin.registry import Registry, TypeInfo

CORE = "io.kestra.plugin.core"
DRAFT = "http://json-schema.org/draft-07/schema#"
_DOC_DRAFT = "https://json-schema.org/draft/2019-09/schema"
_COMMON = frozenset(
    {
        *("id", "type", "description", "retry", "timeout", "disabled", "runIf", "workerGroup"),
        "workerSelector",
        *("logLevel", "minLogLevel", "allowFailure", "allowWarning", "logToFile", "taskCache"),
        *(
            "assets",
            "version",
            "pluginDefaultsRef",
            "conditions",
            "stopAfter",
            "failOnTriggerError",
        ),
    }
)


class PluginDocs:
    """What is known of plugin types. Building schemas imports their code: call from a thread."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    # Lists

    def plugins(self, *, subgroups: bool = False) -> list[dict[str, Any]]:
        """Return one entry for each package of types, then, if asked, one for each subgroup.

        The core comes first.
        """
        groups: dict[str, list[TypeInfo]] = {}
        for info in self._registry.types():
            groups.setdefault(group_of(info.type_name), []).append(info)
        ordered = sorted(groups.items(), key=lambda item: (item[0] != CORE, item[0]))
        found = [_plugin(group, infos) for group, infos in ordered]
        if not subgroups:
            return found
        for group, infos in ordered:
            inner: dict[str, list[TypeInfo]] = {}
            for info in infos:
                inner.setdefault(info.type_name.rpartition(".")[0], []).append(info)
            for name, members in sorted(inner.items()):
                if name != group:
                    title = name.rpartition(".")[2].capitalize()
                    found.append({**_plugin(group, members), "title": title, "subGroup": name})
        return found

    def icons(self) -> dict[str, dict[str, Any]]:
        """Return an icon for each type and each of its other names."""
        return {
            name: icon(info.type_name, flowable=info.kind is TaskKind.FLOWABLE)
            for info in self._registry.types()
            for name in (info.type_name, *info.aliases)
        }

    def group_icons(self) -> dict[str, dict[str, Any]]:
        """Return an icon for each group."""
        groups = {group_of(info.type_name) for info in self._registry.types()}
        return {group: icon(group) for group in sorted(groups)}

    # One type

    def document(self, name: str, *, with_common: bool = False) -> dict[str, Any]:
        """Return text and schema of a type.

        Args:
            with_common: Show the properties that all types of its role have, too.

        Raises:
            NotFoundError: No such type, or its code can't be imported.
        """
        try:
            info = self._registry.resolve(name)
            schema = plugin_schema(self._registry, info.type_name)
        except NotFoundError:
            raise NotFoundError(f"Class '{name}' doesn't exists ") from None
        required = [item for item in schema["required"] if item != "type"]
        properties = {
            key: {**value, "$dynamic": is_dynamic(value), "$required": key in required}
            for key, value in schema["properties"].items()
            if with_common or key not in _COMMON
        }
        plugin = self._registry.load(info.type_name)
        outputs = output_properties(plugin)
        shown = {
            "$schema": _DOC_DRAFT,
            "properties": properties,
            "required": [item for item in required if item in properties],
            "title": plugin.title,
            "$examples": [
                {"title": title, "code": code, "lang": "yaml", "full": code.startswith("id:")}
                for title, code in plugin.examples
            ],
        }
        description = inspect.cleandoc(plugin.__doc__ or "")
        return {
            "markdown": plugin_page(info.type_name, description, shown, outputs, schema["$defs"]),
            "schema": {
                "properties": shown,
                "outputs": {"$schema": _DOC_DRAFT, "properties": outputs},
                "definitions": schema["$defs"],
            },
        }

    def input_types(self) -> list[dict[str, str]]:
        """Return the types of inputs."""
        return [{"type": kind.value, "cls": input_class(kind.value)} for kind in InputType]

    def input_document(self, kind: str) -> dict[str, Any]:
        """Return text and schema of a type of input.

        Raises:
            IllegalArgumentError: No such type.
        """
        if kind not in InputType.__members__:
            known = ", ".join(InputType.__members__)
            raise IllegalArgumentError(f"No input type '{kind[:100]}'", hint=f"known are {known}")
        properties = {
            key: {**value, "$required": key in ("id", "type")}
            for key, value in input_properties(kind).items()
            if key != "type"
        }
        lines = [
            f"# {kind}",
            "",
            *(f"- `{key}`: {value['description']}" for key, value in properties.items()),
        ]
        shown = {"$schema": _DOC_DRAFT, "properties": properties, "required": ["id", "type"]}
        return {
            "markdown": "\n".join(lines),
            "schema": {"properties": shown, "definitions": {}},
        }

    # Schemas for editors

    def schema(self, kind: str, *, array: bool = False) -> dict[str, Any]:
        """Return the schema of a flow, a task, a trigger …; see :data:`ROOTS`.

        Args:
            array: Say that what is described is a list of those.

        Raises:
            IllegalArgumentError: No such kind.
        """
        if kind not in ROOTS:
            raise IllegalArgumentError(
                f"No schema '{kind[:100]}'", hint=f"known are {', '.join(ROOTS)}"
            )
        root = ROOTS[kind]
        # Dashboards have nothing of plugins, whose definitions are megabytes.
        definitions = dashboard_definitions(root) if kind == "dashboard" else self._definitions
        shown: dict[str, Any] = {"$schema": DRAFT}
        if array:
            shown["type"] = "array"
        return {**shown, "$ref": f"#/definitions/{root}", "definitions": definitions}

    @cached_property
    def digest(self) -> str:
        """A text that changes when types come, go or change; for clients that keep schemas."""
        names = "\n".join(info.type_name for info in self._registry.types())
        return hashlib.sha256(f"{version('tiercel')}\n{names}".encode()).hexdigest()[:16]

    @cached_property
    def _definitions(self) -> dict[str, Any]:
        return editor_definitions(self._registry)


def group_of(type_name: str) -> str:
    """Return the group of a type: all core types are one, others by their package."""
    if type_name.startswith(f"{CORE}."):
        return CORE
    return type_name.rpartition(".")[0]


def icon(name: str, *, flowable: bool = False) -> dict[str, Any]:
    """Return a drawn icon: the initials of a type in a colour of its own."""
    short = name.rpartition(".")[2]
    initials = "".join(c for c in short if c.isupper())[:2] or short[:2].capitalize()
    hue = int.from_bytes(hashlib.sha256(name.encode()).digest()[:2], "big") % 360
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="24" height="24" viewBox="0 0 24 24">'
        f'<rect width="24" height="24" rx="5" fill="hsl({hue},45%,45%)"/>'
        '<text x="12" y="16" font-family="sans-serif" font-size="11" fill="#fff"'
        f' text-anchor="middle">{initials}</text></svg>'
    )
    return {
        "name": short,
        "icon": base64.b64encode(svg.encode()).decode(),
        "flowable": flowable,
    }


def _plugin(group: str, infos: Sequence[TypeInfo]) -> dict[str, Any]:
    by_role: dict[Role, list[str]] = {role: [] for role in Role}
    for info in infos:
        by_role[info.role].append(info.type_name)
    is_core = group == CORE
    tail = group.removeprefix("io.kestra.plugin.")
    title = "core" if is_core else tail.rpartition(".")[2].capitalize()
    name = "core" if is_core else f"plugin-{tail.replace('.', '-')}"
    return {
        "name": name,
        "title": title,
        "group": group,
        **({} if is_core else {"version": version("tiercel")}),
        "manifest": {
            "X-Kestra-Title": title,
            "X-Kestra-Group": group,
            **({} if is_core else {"X-Kestra-Name": name}),
        },
        "tasks": by_role[Role.TASK],
        "triggers": by_role[Role.TRIGGER],
        "conditions": by_role[Role.CONDITION],
        "storages": [],
        "secrets": [],
        "taskRunners": by_role[Role.RUNNER],
        "guides": [],
        "aliases": [alias for info in infos for alias in info.aliases],
        "apps": [],
        "appBlocks": [],
        "categories": ["CORE"] if is_core else ["SCRIPT" if ".scripts." in group else "DATABASE"],
    }
