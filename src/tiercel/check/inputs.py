"""Reads inputs, of flows and of Pause tasks."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from tiercel.check.cycles import find_cycle
from tiercel.check.reader import Reader
from tiercel.engine.input_values import is_pattern
from tiercel.engine.inputs import check_default
from tiercel.model.errors import InvalidInputError
from tiercel.model.inputs import INPUT_CLASSES, Input, InputType
from tiercel.model.yaml import Node
from tiercel.plugin.faults import Path, nearest
from tiercel.plugin.scalars import kind_of, text_of

INPUT_ID = r"^[a-zA-Z0-9][.a-zA-Z0-9_-]*"
_NO_FILE = "no 'defaults' can be set for inputs of type 'FILE'"
_TEMPLATED = frozenset({"defaults", "prefill", "dependsOn", "expression", "description"})


def read_inputs(
    reader: Reader, node: Node | None, path: Path, *, is_lenient: bool = False
) -> tuple[Input, ...]:
    """Return the inputs of a list; those that can't be read are reported and left out.

    Args:
        is_lenient: Two inputs of one id are a warning.
    """
    inputs: list[Input] = []
    places: dict[str, tuple[Node, Path]] = {}
    duplicates: dict[str, Node] = {}
    for at, item in reader.list_of(node, path, "inputs"):
        found = _read(reader, item, at)
        if found is None:
            continue
        if found.id in places:
            duplicates.setdefault(found.id, item)
        places.setdefault(found.id, (item, at))
        inputs.append(found)
    if duplicates:
        first = next(iter(duplicates.values()))
        names = ", ".join(duplicates)
        tell = reader.report.warn if is_lenient else reader.report.error
        at = path if is_lenient else ()
        tell(first, at, f"Duplicate input with name [{names}]", "rename one")
    _check_dependencies(reader, inputs, places, is_lenient=is_lenient)
    return tuple(inputs)


def _read(reader: Reader, node: Node, path: Path) -> Input | None:
    if not isinstance(node.value, dict):
        reader.report.error(node, path, "must be an input", "give it an `id` and a `type`")
        return None
    values = dict(node.value)
    if "id" not in values and "name" in values:
        values["id"] = values["name"]
    node = Node(values, node.line, node.column, node.key_line, node.key_column)
    input_id = reader.identifier(node, "id", path, pattern=INPUT_ID)
    kind = _type(reader, values.get("type"), node, path)
    if kind is None:
        return None
    model = INPUT_CLASSES[kind]
    fitted = reader.object(
        model,
        node,
        path,
        literal=frozenset(node.value) - _TEMPLATED,
        ignore=frozenset({"id", "type"}),
        given={"id": input_id, "type": kind},
    )
    if fitted is None or not input_id:
        return None
    built = _build(model, {**fitted.values, "id": input_id, "type": kind})
    if built is not None:
        _check(reader, built, node, path)
    return built


def _type(reader: Reader, kind: Node | None, node: Node, path: Path) -> InputType | None:
    name = kind.value if kind is not None else None
    if isinstance(name, str) and name in InputType.__members__:
        return InputType(name)
    shown = "null" if kind is None or name is None else text_of(kind)
    if isinstance(name, (dict, list)):
        shown = kind_of(name)
    hint = nearest(shown, list(InputType.__members__)) or "write one of the input types"
    reader.report.error(kind or node, (*path, "type"), f"Invalid type: {shown}", hint)
    return None


def _build(model: type[Input], values: dict[str, Any]) -> Input | None:
    try:
        return model.model_validate(values)
    except ValidationError:
        # The walk has run the same validators and reported what they say.
        return None


def _check(reader: Reader, item: Input, node: Node, path: Path) -> None:
    """Check patterns and literal defaults."""
    patterns = [("validator", getattr(item, "validator", None))]
    patterns += [("values", value) for value in getattr(item, "values", None) or ()]
    for name, pattern in patterns:
        if pattern is not None and not is_pattern(pattern):
            at = node.value.get(name)
            reader.report.error(at, (*path, name), f"invalid pattern [{pattern}]")
    if item.defaults is None:
        return
    try:
        check_default(item)
    except InvalidInputError as error:
        defaults = node.value.get("defaults")
        message = _NO_FILE if item.type is InputType.FILE else error.message
        reader.report.error(defaults, (*path, "defaults"), message, error.hint)


def _check_dependencies(
    reader: Reader,
    inputs: list[Input],
    places: dict[str, tuple[Node, Path]],
    *,
    is_lenient: bool,
) -> None:
    """Report dependencies on nothing and on each other: of a flow's inputs as faults of it all."""
    graph: dict[str, list[str]] = {}
    for item in inputs:
        depends = list(item.depends_on.inputs) if item.depends_on is not None else []
        graph[item.id] = depends
        node, path = places[item.id]
        for name in depends:
            if name not in places:
                message = f"Input with id '{item.id}' depends on a non-existent input '{name}'."
                at = (*path, "dependsOn") if is_lenient else ()
                reader.report.error(node, at, message, nearest(name, places.keys() - {item.id}))
    cycle = find_cycle(graph)
    if cycle:
        node, path = places[cycle[0]]
        message = f"Cycle dependency detected for input with id '{cycle[0]}': [{', '.join(cycle)}]"
        reader.report.error(node, (*path, "dependsOn") if is_lenient else (), message)
