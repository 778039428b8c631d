"""Finds plugin types by any of their names and imports them on first use.

A type has one canonical name. It is also found by its aliases, by either without the leading
``io.kestra.plugin.``, in any case, and with a version after a colon. Third-party packages add types
through the entry point group ``tiercel.plugins``: each entry point names an
:data:`~tiercel.plugin.index.Index` or a :class:`~tiercel.plugin.task.Plugin` class.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from typing import TYPE_CHECKING, Any

from tiercel.model.errors import IllegalArgumentError, NotFoundError
from tiercel.model.task import TaskKind
from tiercel.plugin.faults import Fault, faults_of, path_text
from tiercel.plugin.index import Entry, Index, Role

if TYPE_CHECKING:
    from pathlib import Path

    from tiercel.plugin.task import Plugin

logger = logging.getLogger(__name__)

PREFIX = "io.kestra.plugin."
ENTRY_POINTS = "tiercel.plugins"
_BUILTIN_INDEX = "tiercel.plugins.index"
_BUILTIN_ELSEWHERE = "tiercel.plugins.elsewhere"


@dataclass(frozen=True, slots=True)
class TypeInfo:
    """What is known of a type without importing it; see :class:`~tiercel.plugin.index.Entry`."""

    type_name: str
    role: Role
    kind: TaskKind | None
    behavior: str
    aliases: tuple[str, ...]


class PluginUnavailableError(NotFoundError):
    """A type is known but its code, or a package it needs, can't be imported."""

    code, http_status = "plugin_unavailable", 422


class InvalidPropertyError(IllegalArgumentError):
    """Rendered properties do not fit a type; the message lists every one that does not."""

    code, http_status = "invalid_property", 422


class Registry:
    """All plugin types of a process.

    Args:
        index: Entries by canonical name.
        use_entry_points: Look for types of other packages when a name is not in ``index``.
        elsewhere: Module whose ``ELSEWHERE`` says what to use instead of types that are not here;
            imported when such a type is asked for.
    """

    def __init__(
        self, index: Index, *, use_entry_points: bool = False, elsewhere: str = ""
    ) -> None:
        self._elsewhere = elsewhere
        self._entries: dict[str, Entry] = {}
        self._names: dict[str, str] = {}
        self._classes: dict[str, type[Plugin]] = {}
        self._unread = use_entry_points
        for type_name, entry in index.items():
            self._add(type_name, entry)

    @classmethod
    def builtin(cls, *, use_entry_points: bool = True) -> Registry:
        """Return a registry of what ships with Tiercel and of other installed packages."""
        index: Index = import_module(_BUILTIN_INDEX).BUILTIN
        return cls(index, use_entry_points=use_entry_points, elsewhere=_BUILTIN_ELSEWHERE)

    def _add(self, type_name: str, entry: Entry) -> None:
        self._entries[type_name] = entry
        for name in (type_name, *entry.aliases):
            folded = name.lower()
            self._names.setdefault(folded, type_name)
            if folded.startswith(PREFIX):
                self._names.setdefault(folded.removeprefix(PREFIX), type_name)

    def register(self, *classes: type[Plugin]) -> None:
        """Add classes that are loaded already; a known name is replaced.

        Raises:
            PluginUnavailableError: A class does not define all that its base asks for.
        """
        for plugin in classes:
            _check_whole(plugin)
            self._add(plugin.type_name, _entry_of(plugin))
            self._classes[plugin.type_name] = plugin

    def add_folder(self, folder: Path) -> None:
        """Add every plugin class that the Python files of a folder define.

        Raises:
            PluginUnavailableError: A file can't be imported, or a class is not whole.
        """
        from tiercel.plugin.task import Plugin

        for path in sorted(folder.glob("*.py")):
            spec = spec_from_file_location(f"tiercel_plugin_{path.stem}", path)
            if spec is None or spec.loader is None:
                continue
            module = module_from_spec(spec)
            try:
                spec.loader.exec_module(module)
            except Exception as error:
                raise PluginUnavailableError(
                    f"Plugin file {path.name} can't be imported: {error}", hint="fix or remove it"
                ) from error
            for value in vars(module).values():
                if _is_defined_in(value, module.__name__) and issubclass(value, Plugin):
                    self.register(value)

    def types(self) -> tuple[TypeInfo, ...]:
        """Return all types, by name."""
        self._read_entry_points()
        return tuple(self._info(name) for name in sorted(self._entries))

    def find(self, name: str) -> TypeInfo | None:
        """Return what a name means, or None."""
        type_name = self._lookup(name)
        if type_name is None and self._unread:
            self._read_entry_points()
            type_name = self._lookup(name)
        return None if type_name is None else self._info(type_name)

    def resolve(self, name: str) -> TypeInfo:
        """Return what a name means.

        Raises:
            NotFoundError: No type has that name; the hint offers the nearest.
        """
        info = self.find(name)
        if info is None:
            raise NotFoundError(f"Invalid type: {name}", hint=self.nearest(name))
        return info

    def nearest(self, name: str) -> str:
        """Return a hint that offers what to use instead of ``name``; may be empty."""
        wanted = name.lower().removeprefix(PREFIX)
        instead = self._instead(wanted)
        if instead:
            return instead
        shown: dict[str, str] = {}
        for type_name in self._entries:
            short = type_name.lower().removeprefix(PREFIX)
            shown[short] = type_name
        close = get_close_matches(wanted, shown, n=2, cutoff=0.7)
        last = wanted.rpartition(".")[2]
        close = close or [short for short in shown if short.rpartition(".")[2] == last][:2]
        if not close:
            return ""
        return "did you mean " + " or ".join(f"`{shown[short]}`" for short in close) + "?"

    def _instead(self, wanted: str) -> str:
        """Return what is said of a type that is known not to be here."""
        if not self._elsewhere:
            return ""
        said: Mapping[str, str] = import_module(self._elsewhere).ELSEWHERE
        return next((text for start, text in said.items() if wanted.startswith(start)), "")

    def load(self, type_name: str) -> type[Plugin]:
        """Return the class of a type, importing it on first use.

        Raises:
            NotFoundError: No such type.
            PluginUnavailableError: Its code can't be imported.
        """
        loaded = self._classes.get(type_name)
        if loaded is None:
            canonical = self.resolve(type_name).type_name
            loaded = self._classes.get(canonical) or self._import(canonical)
            self._classes[canonical] = loaded
        return loaded

    def build(self, type_name: str, rendered_properties: Mapping[str, Any]) -> Plugin:
        """Return the object that rendered properties describe.

        Raises:
            NotFoundError: No such type.
            InvalidPropertyError: A property is unknown, missing or of the wrong type.
        """
        from pydantic import ValidationError

        from tiercel.plugin.conform import Conform
        from tiercel.plugin.runner import BUILDER

        plugin = self.load(type_name)
        walk = Conform(self, is_rendered=True)
        values = walk.model(plugin, rendered_properties).values
        faults: list[Fault] = walk.faults
        if not faults:
            try:
                return plugin.model_validate(values, context={BUILDER: self})
            except ValidationError as error:
                faults = [fault for _, fault in faults_of(error)]
        messages = [f"{path_text(fault.path)}: {fault.message}" for fault in faults]
        hints = "; ".join(dict.fromkeys(fault.hint for fault in faults if fault.hint))
        raise InvalidPropertyError("\n".join(messages), hint=hints, type=plugin.type_name)

    def _lookup(self, name: str) -> str | None:
        if name in self._entries:
            return name
        return self._names.get(name.partition(":")[0].strip().lower())

    def _info(self, type_name: str) -> TypeInfo:
        entry = self._entries[type_name]
        return TypeInfo(type_name, entry.role, entry.kind, entry.behavior, entry.aliases)

    def _import(self, type_name: str) -> type[Plugin]:
        entry = self._entries[type_name]
        try:
            loaded: type[Plugin] = getattr(import_module(entry.module), entry.class_name)
        except (ImportError, AttributeError) as error:
            missing = getattr(error, "name", None)
            raise PluginUnavailableError(
                f"Type {type_name} can't be loaded: {error}",
                hint=f"install the package `{missing}`" if missing else "reinstall the plugin",
                type=type_name,
            ) from error
        _check_whole(loaded)
        _check_packages(loaded, type_name)
        return loaded

    def _read_entry_points(self) -> None:
        if not self._unread:
            return
        self._unread = False
        for point in entry_points(group=ENTRY_POINTS):
            try:
                self._take(point.load())
            except Exception:
                # Whatever a foreign package raises at import costs its own types, nothing else.
                logger.exception("plugin package can't be loaded", extra={"plugin": point.value})

    def _take(self, loaded: object) -> None:
        if isinstance(loaded, Mapping):
            for type_name, entry in loaded.items():
                self._add(type_name, entry)
        else:
            classes: Any = loaded if isinstance(loaded, Iterable) else (loaded,)
            self.register(*classes)


def _check_whole(plugin: type[Plugin]) -> None:
    """Raise PluginUnavailableError when the class leaves out what its base asks for."""
    missing = sorted(getattr(plugin, "__abstractmethods__", ()))
    if missing:
        named = " and ".join(f"`{name}`" for name in missing)
        raise PluginUnavailableError(
            f"Type {plugin.type_name} can't be used: its class"
            f" {plugin.__module__}.{plugin.__qualname__} does not define {named}",
            hint="define what its base class declares",
            type=plugin.type_name,
        )


def _check_packages(plugin: type[Plugin], type_name: str) -> None:
    """Raise PluginUnavailableError when a package that the type needs is not installed."""
    for package, extra in plugin.requires.items():
        if not _is_installed(package):
            raise PluginUnavailableError(
                f"Type {type_name} needs the package `{package}`, which is not installed",
                hint=f"pip install 'tiercel[{extra}]'",
                type=type_name,
            )


def _is_installed(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except ModuleNotFoundError:
        # Not even what it is a part of.
        return False


def _is_defined_in(value: object, module: str) -> bool:
    return isinstance(value, type) and value.__module__ == module and hasattr(value, "type_name")


def _entry_of(plugin: type[Plugin]) -> Entry:
    from tiercel.plugin.runner import TaskRunner
    from tiercel.plugin.task import Condition, Part, Task, Trigger

    role = Role.TASK
    for base, other in (
        (Trigger, Role.TRIGGER),
        (Condition, Role.CONDITION),
        (TaskRunner, Role.RUNNER),
        (Part, Role.PART),
    ):
        if issubclass(plugin, base):
            role = other
    return Entry(
        module=plugin.__module__,
        class_name=plugin.__qualname__,
        role=role,
        kind=plugin.kind if issubclass(plugin, Task) else None,
        behavior=getattr(plugin, "behavior", ""),
        aliases=plugin.aliases,
    )
