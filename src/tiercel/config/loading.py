"""From sources to settings: merged by precedence, placeholders replaced, every value checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from tiercel.config.database import backend_problems, backend_remarks
from tiercel.config.errors import InvalidConfigurationError, Origin, Remark
from tiercel.config.keys import Key, adapter_of, key_of_variable, squeezed
from tiercel.config.placeholders import PlaceholderError, replaced
from tiercel.config.sections import SECTIONS, Settings
from tiercel.config.sources import Given, Layer, Slot, read_text, read_variables
from tiercel.model.yaml import Node

TEXT_VARIABLE = "KESTRA_CONFIGURATION"
FILE_VARIABLE = "TIERCEL_CONFIG"
FILES_VARIABLE = "MICRONAUT_CONFIG_FILES"
FOLDER_VARIABLE = "KESTRA_CONFIGURATION_PATH"
DEFAULT_FILE = ".kestra/config.yml"
_SHOWN = 60
_JAVA_LOGGERS = ("flow", "io", "org", "com")


@dataclass(frozen=True)
class Configuration:
    """Settings with where they come from.

    Attributes:
        settings: Checked, with defaults.
        remarks: One line each: unknown keys, and keys that have no effect.
        layers: The sources, the least important first.
        given: What counts, by setting: a value, or for maps the values in it.
    """

    settings: Settings
    remarks: tuple[Remark, ...]
    layers: tuple[Layer, ...]
    given: Mapping[Slot, Given | Mapping[str, Given]]

    def origin(self, section: str, field: str = "", name: str = "") -> Origin:
        """Return where a setting was written, or the first of a section.

        Args:
            name: What stands for ``*`` in its key.
        """
        for slot, given in self.given.items():
            if (
                slot.key.section == section
                and field in ("", slot.key.field)
                and name in ("", slot.name)
            ):
                one = given if isinstance(given, Given) else next(iter(given.values()))
                return one.origin
        return Origin("defaults")


def load(
    file: Path | None = None, *, environment: Mapping[str, str], home: Path | None = None
) -> Configuration:
    """Return the settings of a file, the environment and the defaults.

    From the most important: ``file`` (else that of ``TIERCEL_CONFIG``, else
    ``~/.kestra/config.yml`` if there is one); single environment variables; the text in
    ``KESTRA_CONFIGURATION``; the files of ``MICRONAUT_CONFIG_FILES``, the last first; the file
    ``application.yml`` in the folder ``KESTRA_CONFIGURATION_PATH``; defaults.

    Args:
        home: Where ``~`` is, by default as the operating system has it.

    Raises:
        InvalidConfigurationError: A file can't be read, or a value is not what it must be; with
            every problem.
    """
    layers = tuple(_layers(file, environment, home or Path.home()))
    problems = [problem for layer in layers for problem in layer.problems]
    given = _merged(layers)
    reader = _Reader(given, environment)
    settings = reader.settings()
    problems += reader.problems
    configuration = Configuration(settings, (), layers, given)
    problems += backend_problems(configuration)
    if problems:
        raise InvalidConfigurationError(problems)
    remarks = [remark for layer in layers for remark in layer.remarks]
    remarks += backend_remarks(configuration)
    remarks += _logger_remarks(given)
    return replace(configuration, remarks=tuple(remarks))


def _logger_remarks(given: Mapping[Slot, Given | dict[str, Given]]) -> Iterator[Remark]:
    """Yield a line for each level of a logger that only a Java server has."""
    for slot, entries in given.items():
        if slot.key.section != "logger" or not isinstance(entries, dict):
            continue
        for name, entry in entries.items():
            if name != "io.kestra" and name.partition(".")[0] in _JAVA_LOGGERS:
                message = "has no effect here: loggers are called like `tiercel.services.worker`"
                yield Remark(entry.origin, entry.written, message)


def is_configuration_variable(name: str) -> bool:
    """Tell whether an environment variable configures the server: flows never see those."""
    return (
        name.startswith((TEXT_VARIABLE, "KESTRA_PLUGINS_PATH", "TIERCEL_CONFIG"))
        or key_of_variable(name) is not None
    )


def _layers(file: Path | None, environment: Mapping[str, str], home: Path) -> Iterator[Layer]:
    """Yield what each source gives, the least important first."""
    folder = environment.get(FOLDER_VARIABLE, "")
    if folder and (path := Path(folder, "application.yml")).is_file():
        yield _read_file(path)
    for name in environment.get(FILES_VARIABLE, "").split(","):
        if name.strip():
            yield _read_file(Path(name.strip()))
    text = environment.get(TEXT_VARIABLE, "")
    if text.strip():
        yield read_text(text, TEXT_VARIABLE)
    yield read_variables(environment)
    named = file or (Path(found) if (found := environment.get(FILE_VARIABLE, "")) else None)
    if named is not None:
        yield _read_file(named.expanduser())
    elif (home / DEFAULT_FILE).is_file():
        yield _read_file(home / DEFAULT_FILE)


def _read_file(path: Path) -> Layer:
    try:
        return read_text(path.read_text("utf-8"), str(path))
    except OSError as error:
        problem = f"can't be read: {error.strerror}"
    except UnicodeDecodeError:
        problem = "can't be read: it is not UTF-8 text"
    layer = Layer(str(path))
    layer.problems.append(Remark(Origin(str(path)), "", problem))
    return layer


def _merged(layers: Sequence[Layer]) -> dict[Slot, Given | dict[str, Given]]:
    """Return what counts for each setting. Lists are replaced, maps are merged by name."""
    found: dict[Slot, Given | dict[str, Given]] = {}
    for layer in layers:
        found.update(layer.values)
        for slot, entries in layer.entries.items():
            before = found.get(slot)
            merged = dict(before) if isinstance(before, dict) else {}
            for name, given in entries.items():
                known = next((key for key in merged if squeezed(key) == squeezed(name)), name)
                merged[name] = _over(merged.pop(known, None), given)
            found[slot] = merged
    return found


def _over(weak: Given | None, strong: Given) -> Given:
    if weak is None:
        return strong
    return replace(strong, node=_over_node(weak.node, strong.node))


def _over_node(weak: Node, strong: Node) -> Node:
    if not (isinstance(weak.value, dict) and isinstance(strong.value, dict)):
        return strong
    value = dict(weak.value)
    for name, child in strong.value.items():
        value[name] = _over_node(value[name], child) if name in value else child
    return replace(strong, value=value)


class _Reader:
    """Turns what was written into settings; problems are collected."""

    def __init__(
        self, given: Mapping[Slot, Given | dict[str, Given]], environment: Mapping[str, str]
    ) -> None:
        self.problems: list[Remark] = []
        self._given = given
        self._environment = environment

    @cached_property
    def _by_path(self) -> dict[str, Given]:
        return {
            squeezed(slot.path): given
            for slot, given in self._given.items()
            if isinstance(given, Given)
        }

    def settings(self) -> Settings:
        """Return all settings; defaults stand in for values that are refused."""
        values: dict[str, dict[str, dict[str, Any]]] = {}
        for slot, given in self._given.items():
            read = self._map(slot, given) if isinstance(given, dict) else self._one(slot.key, given)
            if read is not _REFUSED:
                section = values.setdefault(slot.key.section, {})
                section.setdefault(slot.name, {})[slot.key.field] = read
        built: dict[str, Any] = {}
        for name, by_name in values.items():
            made = {inner: self._section(name, inner, items) for inner, items in by_name.items()}
            built[name] = made.get("", made)
        return Settings(**built)

    def _section(self, section: str, name: str, values: dict[str, Any]) -> Any:
        cls = SECTIONS[section]
        try:
            return cls(**values)
        except ValidationError as error:
            said = str(error.errors()[0]["msg"]).removeprefix("Value error, ")
            slots = [slot for slot in self._given if slot.key.section == section]
            given = self._given[slots[0]]
            origin = given.origin if isinstance(given, Given) else Origin(section)
            self.problems.append(Remark(origin, cls.prefix.replace("*", name), said))
            return cls()

    def _map(self, slot: Slot, entries: Mapping[str, Given]) -> Any:
        found: dict[str, Any] = {}
        is_flat = slot.key.section == "logger"
        for name, given in entries.items():
            value = self._replaced(given)
            if value is None:
                continue
            found |= dict(_flat(name, value)) if is_flat else {name: value.plain()}
        try:
            return adapter_of(slot.key).validate_python(found)
        except ValidationError as error:
            name = str(error.errors()[0]["loc"][0])
            self._refuse(slot.key, entries[name], entries[name].node)
            return _REFUSED

    def _one(self, key: Key, given: Given) -> Any:
        node = self._replaced(given)
        if node is None:
            return _REFUSED
        if key.kind == "map":
            self._refuse(key, given, node)
            return _REFUSED
        value = node.plain() if key.kind == "tree" else _texts(node)
        try:
            return adapter_of(key).validate_python(value)
        except ValidationError as error:
            if key.kind == "tree":
                self._refuse_inside(key, given, node, error)
            else:
                self._refuse(key, given, node)
            return _REFUSED

    def _refuse(self, key: Key, given: Given, node: Node) -> None:
        origin = given.origin
        if node.line and given.is_text:
            origin = Origin(origin.source, node.line, node.column)
        shown = "what is there" if key.is_secret else _shown(node)
        message = f"must be {key.says.what}, not {shown}"
        self.problems.append(Remark(origin, given.written, message))

    def _refuse_inside(self, key: Key, given: Given, root: Node, error: ValidationError) -> None:
        for item in error.errors():
            node, path = root, given.written
            for part in item["loc"]:
                path += f"[{part}]" if isinstance(part, int) else f".{part}"
                children: Any = node.value if isinstance(node.value, (dict, list)) else {}
                if isinstance(children, dict) and part not in children:
                    break
                node = children[part]
            origin = given.origin
            if node.line and given.is_text:
                origin = Origin(origin.source, *node.place)
            self.problems.append(Remark(origin, path, _inside_text(item), f"give {key.says.what}"))

    def _replaced(self, given: Given) -> Node | None:
        if not given.is_text:
            return given.node
        try:
            return self._node(given.node)
        except PlaceholderError as error:
            self.problems.append(Remark(given.origin, given.written, str(error)))
            return None

    def _node(self, node: Node) -> Node:
        if isinstance(node.value, dict):
            return replace(node, value={k: self._node(v) for k, v in node.value.items()})
        if isinstance(node.value, list):
            return replace(node, value=[self._node(child) for child in node.value])
        if isinstance(node.value, str) and "${" in node.value:
            return replace(node, value=replaced(node.value, self._look_up))
        return node

    def _look_up(self, name: str, seen: tuple[str, ...] = ()) -> str | None:
        """Return an environment variable, or the value of another key."""
        for variable in (name, name.upper().replace(".", "_").replace("-", "_")):
            if variable in self._environment:
                return self._environment[variable]
        given = self._by_path.get(squeezed(name))
        if given is None or isinstance(given.node.value, (dict, list)):
            return None
        if name in seen:
            raise PlaceholderError(f"`${{{name}}}` goes in a circle")
        text = str(_texts(given.node))
        if not given.is_text:
            return text
        return replaced(text, lambda other: self._look_up(other, (*seen, name)))


_REFUSED: Any = object()


def _texts(node: Node) -> Any:
    """Return a value with its scalars as they were written: ``1.10`` stays ``1.10``."""
    if isinstance(node.value, list):
        return [_texts(child) for child in node.value]
    if isinstance(node.value, dict):
        return {name: _texts(child) for name, child in node.value.items()}
    return node.text if node.text is not None else node.value


def _flat(name: str, node: Node) -> Iterator[tuple[str, str]]:
    if isinstance(node.value, dict):
        for inner, child in node.value.items():
            yield from _flat(f"{name}.{inner}", child)
    elif node.value is not None:
        yield name, str(_texts(node))


def _shown(node: Node) -> str:
    if isinstance(node.value, dict):
        return "a map"
    if isinstance(node.value, list):
        return "a list"
    text = str(_texts(node))
    return f"`{text[:_SHOWN]}…`" if len(text) > _SHOWN else f"`{text}`"


def _inside_text(item: Any) -> str:
    if item["type"] == "missing":
        return "is missing"
    if item["type"] == "extra_forbidden":
        return "is not known"
    return str(item["msg"]).replace("Input should", "should")
