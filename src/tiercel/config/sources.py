"""Where settings are written: YAML texts and environment variables, read into given values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from tiercel.config.errors import Origin, Remark
from tiercel.config.keys import (
    ANY,
    Branch,
    Key,
    Unused,
    all_keys,
    child_of,
    key_of_variable,
    nearest,
    squeezed,
    tree,
    twins,
    variable_names,
)
from tiercel.config.unused import LOOSE_PARENTS
from tiercel.model.yaml import Node, parse_yaml

OTHER_VARIABLES = frozenset(
    f"TIERCEL_{word}" for word in ("API_TOKEN", "CONFIG", "SEEDS", "SERVER", "USER", "UV")
)
"""Variables of ours that are no settings."""

_NEAR = 0.9
_LOOSE = tuple(f"{squeezed(name)}." for parent in LOOSE_PARENTS for name in twins(parent))
_YAML_PREFIX = "Illegal flow yaml: "


class Slot(NamedTuple):
    """One setting; ``name`` is what stands for ``*`` in its key, else empty."""

    key: Key
    name: str

    @property
    def path(self) -> str:
        """The whole key, in its usual spelling."""
        return self.key.name.replace(ANY, self.name)


@dataclass(frozen=True, slots=True)
class Given:
    """A value as it was written.

    Attributes:
        written: The key as it was written.
        is_text: Whether placeholders in it are replaced.
    """

    node: Node
    origin: Origin
    written: str
    is_text: bool = True


@dataclass(slots=True)
class Layer:
    """What one source gives.

    Attributes:
        name: The source: a file or a variable.
        values: By setting.
        entries: Values inside maps, by setting and name.
        problems: What refuses the configuration.
        remarks: Unknown keys and those without effect.
    """

    name: str
    values: dict[Slot, Given] = field(default_factory=dict)
    entries: dict[Slot, dict[str, Given]] = field(default_factory=dict)
    problems: list[Remark] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)

    def add(self, slot: Slot, given: Given) -> None:
        """Take a value; a second one for the same setting is a problem."""
        before = self.values.setdefault(slot, given)
        if before is not given:
            self._twice(given, before)

    def add_entry(self, slot: Slot, name: str, given: Given) -> None:
        """Take a value inside a map."""
        before = self.entries.setdefault(slot, {}).setdefault(name, given)
        if before is not given:
            self._twice(given, before)

    def _twice(self, given: Given, before: Given) -> None:
        message = f"is given twice: `{before.written}` at {before.origin} is the same"
        self.problems.append(Remark(given.origin, given.written, message, "take one of them out"))


def read_text(text: str, name: str) -> Layer:
    """Read a YAML text.

    Args:
        name: Path of its file, or name of the variable that holds it.
    """
    layer = Layer(name)
    document = parse_yaml(text)
    for problem in document.problems:
        message = f"not readable as YAML: {problem.message.removeprefix(_YAML_PREFIX)}"
        origin = Origin(name, problem.line, problem.column)
        layer.problems.append(Remark(origin, problem.path, message, problem.hint))
    root = document.root
    if root is None or root.value is None or layer.problems:
        return layer
    if isinstance(root.value, dict):
        _Walk(layer).walk(root.value, tree(), ())
    else:
        origin = Origin(name, root.line, root.column)
        layer.problems.append(Remark(origin, "", "a configuration must be a map of keys"))
    return layer


class _Walk:
    """Goes through a text along the tree of known keys."""

    def __init__(self, layer: Layer) -> None:
        self._layer = layer
        self._said: set[str] = set()

    def walk(self, values: Mapping[str, Node], branch: Branch, path: tuple[str, ...]) -> None:
        for written, node in values.items():
            self._take(written.split("."), node, branch, path)

    def _take(self, parts: list[str], node: Node, branch: Branch, path: tuple[str, ...]) -> None:
        for index, part in enumerate(parts):
            path = (*path, part)
            found = child_of(branch, part)
            if found is None:
                self._unknown(node, (*path, *parts[index + 1 :]))
                return
            if isinstance(found, Unused):
                self._unused(found, node, (*path, *parts[index + 1 :]))
                return
            if isinstance(found, Key):
                self._setting(found, node, path, ".".join(parts[index + 1 :]))
                return
            branch = found
        if isinstance(node.value, dict):
            self.walk(node.value, branch, path)
        elif node.value is not None:
            message = f"must be a map with {_some(branch)}"
            self._layer.problems.append(Remark(self._origin(node), ".".join(path), message))

    def _setting(self, key: Key, node: Node, path: tuple[str, ...], inner: str) -> None:
        slot = Slot(key, _name_of(key, path))
        written = ".".join(path)
        if key.kind != "map":
            if inner:
                self._unknown(node, (*path, *inner.split(".")))
            elif node.value is not None:
                self._layer.add(slot, Given(node, self._origin(node), written))
            return
        if inner:
            self._entry(slot, inner, node, written)
        elif isinstance(node.value, dict):
            for name, child in node.value.items():
                self._entry(slot, name, child, written)
        elif node.value is not None:
            self._layer.add(slot, Given(node, self._origin(node), written))

    def _entry(self, slot: Slot, name: str, node: Node, written: str) -> None:
        given = Given(node, self._origin(node), f"{written}.{name}")
        self._layer.add_entry(slot, name, given)

    def _unused(self, found: Unused, node: Node, path: tuple[str, ...]) -> None:
        written = ".".join(path)
        if found.refusal and _is_switched_on(node, written):
            remark = Remark(self._origin(node), written, found.reason, found.refusal)
            self._layer.problems.append(remark)
        elif found.name not in self._said:
            self._said.add(found.name)
            message = f"has no effect here: {found.reason}"
            self._layer.remarks.append(Remark(self._origin(node), written, message))

    def _unknown(self, node: Node, path: tuple[str, ...]) -> None:
        written = ".".join(path)
        meant = nearest(written, is_map=isinstance(node.value, dict))
        if not meant and squeezed(written).startswith(_LOOSE):
            message, hint = "has no effect here", ""
        else:
            message = "is not known and has no effect"
            hint = f"did you mean `{meant}`?" if meant else ""
        self._layer.remarks.append(Remark(self._origin(node), written, message, hint))

    def _origin(self, node: Node) -> Origin:
        return Origin(self._layer.name, *node.place)


def _is_switched_on(node: Node, written: str) -> bool:
    if isinstance(node.value, dict):
        return any(
            squeezed(name) == "enabled" and str(child.value).lower() == "true"
            for name, child in node.value.items()
        )
    return squeezed(written).endswith(".enabled") and str(node.value).lower() == "true"


def _name_of(key: Key, path: tuple[str, ...]) -> str:
    for name in key.names:
        parts = name.split(".")
        if ANY in parts and len(parts) == len(path):
            return path[parts.index(ANY)]
    return ""


def _some(branch: Branch) -> str:
    names = sorted({_own_name(part, found) for part, found in branch.items()})
    return "keys such as " + ", ".join(f"`{name}`" for name in names[:3])


def _own_name(part: str, found: Branch | Key | Unused) -> str:
    if isinstance(found, dict):
        return part
    return next(
        (piece for piece in reversed(found.name.split(".")) if squeezed(piece) == part), part
    )


def read_variables(environment: Mapping[str, str]) -> Layer:
    """Read the environment variables that are settings of their own."""
    layer = Layer("environment")
    for name, text in sorted(environment.items()):
        found = key_of_variable(name) if _may_be_setting(name) else None
        if found is None:
            layer.remarks += _misspelt(name)
            continue
        if text == "":
            continue
        key, inner = found
        given = Given(Node(text, style="'"), Origin(name), key.name, is_text=False)
        slot = Slot(key, inner if ANY in key.name else "")
        if key.kind == "scalar":
            layer.add(slot, given)
        elif key.kind == "map" and inner:
            layer.add_entry(slot, _entry_name(key, inner), given)
        else:
            _add_text(layer, slot, given)
    return layer


def _add_text(layer: Layer, slot: Slot, given: Given) -> None:
    """Take a variable whose text is a list or a map: YAML or JSON, or parts with commas."""
    key, text = slot.key, given.node.value.strip()
    if key.kind == "list" and not text.startswith("["):
        layer.add(slot, given)
        return
    document = parse_yaml(text)
    for problem in document.problems:
        message = f"not readable as YAML: {problem.message.removeprefix(_YAML_PREFIX)}"
        layer.problems.append(Remark(given.origin, key.name, message))
    if document.problems or document.root is None:
        return
    if key.kind == "map" and isinstance(document.root.value, dict):
        for name, child in document.root.value.items():
            entry = Given(child, given.origin, f"{key.name}.{name}", is_text=False)
            layer.add_entry(slot, name, entry)
    else:
        layer.add(slot, Given(document.root, given.origin, key.name, is_text=False))


def _entry_name(key: Key, inner: str) -> str:
    """Return the name inside a map that a variable gives: loggers have dots in theirs."""
    return inner.replace("_", ".") if key.section == "logger" else inner


_ROOTS = ("KESTRA_", "TIERCEL_", "DATASOURCES_", "MICRONAUT_", "ENDPOINTS_", "LOGGER_")


def _may_be_setting(name: str) -> bool:
    return name.upper().startswith(_ROOTS) and name not in OTHER_VARIABLES


def _misspelt(name: str) -> Iterator[Remark]:
    """Say that a variable is nearly a setting. Those of flows may begin with ``KESTRA_`` too."""
    import difflib

    if not _may_be_setting(name) or name.startswith("KESTRA_CONFIGURATION"):
        return
    known = {squeezed(shape): shape for key in all_keys() for shape in variable_names(key.names[0])}
    near = difflib.get_close_matches(squeezed(name), known, n=1, cutoff=_NEAR)
    if near:
        hint = f"did you mean `{known[near[0]]}`?"
        yield Remark(Origin(name), "", "is not known and has no effect", hint)
    elif name.startswith("TIERCEL_"):
        yield Remark(Origin(name), "", "is not known and has no effect")
