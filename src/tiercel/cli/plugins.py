"""``tiercel plugins``: lists, documentation and search of plugin types."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tiercel.cli.console import complain, write
from tiercel.cli.progress import advance, counting
from tiercel.cli.tables import show_data, show_list
from tiercel.model.errors import IllegalArgumentError
from tiercel.plugin.registry import PluginUnavailableError
from tiercel.services.plugin_docs import CORE, PluginDocs, group_of, icon

if TYPE_CHECKING:
    from tiercel.plugin.registry import Registry, TypeInfo

_LISTS = {
    "Tasks": "tasks",
    "Triggers": "triggers",
    "Conditions": "conditions",
    "Task Runners": "taskRunners",
}
_COLUMNS = (("type", "type"), ("role", "role"), ("title", "title"))


def show_packages(registry: Registry, *, core: bool, output: str) -> int:
    """List packages of types, a line each; the core only if asked."""
    found = [
        package
        for package in PluginDocs(registry).plugins()
        if core or package.get("group") != CORE
    ]
    if output != "table":
        show_data(found, output)
        return 0
    for package in found:
        lists = [
            f"[{title}: {', '.join(package[name])}]"
            for title, name in _LISTS.items()
            if package.get(name)
        ]
        is_core = package.get("group") == CORE
        start = "Core plugin:" if is_core else f"Found plugin on path: {package['name']}"
        write(" ".join([start, *lists]))
    return 0


def show_docs(registry: Registry, target: str, *, core: bool, icons: bool, schema: bool) -> int:
    """Print the page of a type, or write a page for each type into a folder."""
    docs = PluginDocs(registry)
    if registry.find(target) is not None:
        write(docs.document(target)["markdown"].rstrip())
        return 0
    folder = Path(target)
    if folder.exists() and not folder.is_dir():
        raise IllegalArgumentError(f"{target} is neither a type nor a folder")
    if "/" not in target and target.count(".") > 1:
        raise IllegalArgumentError(
            f"There is no type {target}",
            hint=registry.nearest(target) or "find one with `tiercel plugins search`",
        )
    infos = [info for info in registry.types() if core or group_of(info.type_name) != CORE]
    written = 0
    with counting("writing", len(infos)) as progress:
        for info in infos:
            written += _write(docs, info, folder, icons=icons, schema=schema)
            advance(progress)
    write(f"{written} page(s) written below {folder}")
    return 0


def _write(docs: PluginDocs, info: TypeInfo, folder: Path, *, icons: bool, schema: bool) -> int:
    """Write what there is to say of a type; return how many pages that are."""
    try:
        document = docs.document(info.type_name)
    except PluginUnavailableError as error:
        complain(f"{info.type_name} is left out: {error.message}")
        return 0
    place = folder / group_of(info.type_name)
    place.mkdir(parents=True, exist_ok=True)
    name = info.type_name
    (place / f"{name}.md").write_text(document["markdown"], encoding="utf-8")
    if schema:
        text = json.dumps(document["schema"], indent=2, ensure_ascii=False)
        (place / f"{name}.json").write_text(text, encoding="utf-8")
    if icons:
        (place / f"{name}.svg").write_bytes(base64.b64decode(icon(name)["icon"]))
    return 1


def search(registry: Registry, words: Sequence[str], output: str) -> int:
    """List the types whose name, other names or title hold all words; 1 when there is none."""
    wanted = [word.lower() for word in words]
    found = []
    for info in registry.types():
        title = _title(registry, info)
        text = " ".join([info.type_name, *info.aliases, title]).lower()
        if all(word in text for word in wanted):
            found.append(_shown(info, title))
    show_list(found, _COLUMNS, output, nothing="no type found")
    return 0 if found else 1


def _title(registry: Registry, info: TypeInfo) -> str:
    try:
        plugin = registry.load(info.type_name)
    except PluginUnavailableError as error:
        return f"({error.hint})" if error.hint else ""
    return plugin.title


def _shown(info: TypeInfo, title: str) -> Mapping[str, Any]:
    shown: dict[str, Any] = {"type": info.type_name, "role": info.role.value, "title": title}
    return {**shown, "aliases": list(info.aliases)} if info.aliases else shown
