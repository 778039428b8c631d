"""Fit values to declared types: literals of a flow before it runs, rendered values when it does.

One walk over a type and a value serves both. A *literal* has a place in the source and may be a
template, which is left open; a *rendered* value is final, and text is turned into what the type
wants (JSON text into lists and maps, ``"5"`` into a number). pydantic then builds the class.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args, get_origin

from pydantic import BaseModel, ValidationError

from tiercel.expressions import is_template
from tiercel.model.problems import MOST_PROBLEMS
from tiercel.model.yaml import Node
from tiercel.plugin.faults import (
    Fault,
    Path,
    class_of,
    faults_of,
    nearest,
    not_one_of,
    unrecognized,
)
from tiercel.plugin.fields import (
    LISTS,
    MAPS,
    Property,
    accepts_null,
    core_of,
    is_union,
    properties_of,
    required_of,
    suits,
)
from tiercel.plugin.runner import BUILDER
from tiercel.plugin.scalars import SCALARS, kind_of, place_of, plain_of, raw_of, text_of
from tiercel.plugin.task import Plugin

if TYPE_CHECKING:
    from tiercel.plugin.registry import Registry


@dataclass(frozen=True, slots=True)
class Fitted:
    """An object's properties after the walk.

    Attributes:
        values: Plain values by property name; templates as written, absent where nothing stands.
        open: Names of the properties that are known only when they are rendered.
    """

    values: dict[str, Any]
    open: frozenset[str]


class Conform:
    """One walk over an object.

    ``faults`` collects what does not fit, until there are more than anybody is told of;
    ``deprecated`` the paths of properties that should not be used any more.

    Args:
        registry: Resolves the types of nested plugins such as task runners and conditions.
        is_rendered: Values are final: convert text, and build nested plugins.
        on_template: Called with each template that is left open, and its path.
    """

    def __init__(
        self,
        registry: Registry,
        *,
        is_rendered: bool = False,
        on_template: Callable[[Path, Any], None] | None = None,
    ) -> None:
        self._registry = registry
        self._is_rendered = is_rendered
        self._on_template = on_template
        self._open_count = 0
        self.faults: list[Fault] = []
        self.deprecated: list[Path] = []

    def model(
        self,
        model: type[BaseModel],
        values: Mapping[str, Any],
        path: Path = (),
        *,
        ignore: frozenset[str] = frozenset(),
        given: Mapping[str, Any] | None = None,
    ) -> Fitted:
        """Fit the properties of an object.

        Args:
            ignore: Names that someone else reads.
            given: Values that were read already, by name.
        """
        known = properties_of(model)
        fitted: dict[str, Any] = dict(given or {})
        opened: set[str] = set()
        before = len(self.faults)
        for name, value in values.items():
            if name in ignore:
                continue
            if self._is_enough:
                break
            item = known.get(name)
            if item is None:
                self._unknown(model, name, value, path, ignore)
                continue
            if item.is_deprecated or name != item.name:
                self.deprecated.append((*path, name))
            if item.branch is not None or item.is_inputs:
                fitted[item.name] = self._loose(value)
            elif raw_of(value) is not None:
                count = self._open_count
                fitted[item.name] = self._property(item, value, (*path, name))
                if self._open_count > count:
                    opened.add(item.name)
        for name in required_of(model):
            if name not in fitted:
                self._fault((*path, name), "must not be null", "it is required", values.get(name))
        result = Fitted(fitted, frozenset(opened))
        if not self._is_rendered:
            faulty = {str(fault.path[len(path)]) for fault in self.faults[before:]}
            self._validate(model, result, faulty, values, path)
        return result

    @property
    def _is_enough(self) -> bool:
        return len(self.faults) > MOST_PROBLEMS

    def _loose(self, value: Any) -> Any:
        """Tasks and inputs are read elsewhere; here they only count as given."""
        if self._is_rendered:
            return plain_of(value)
        raw = raw_of(value)
        if isinstance(raw, dict):
            return {key: _placeholders(raw_of(child)) for key, child in raw.items()}
        return _placeholders(raw)

    def _unknown(
        self,
        model: type[BaseModel],
        name: str,
        value: Any,
        path: Path,
        ignore: frozenset[str],
    ) -> None:
        if isinstance(value, Node) and value.is_inherited:
            return
        words = {item.name for item in properties_of(model).values()}
        instead = getattr(model, "not_here", {}).get(name)
        self._fault(
            (*path, name),
            unrecognized(name, class_of(model)),
            instead or nearest(name, sorted(words | ignore)) or "remove the property",
            value,
            is_key=True,
        )

    def _property(self, item: Property, value: Any, path: Path) -> Any:
        if item.is_as_written and self._is_rendered:
            return plain_of(value)
        return self.value(item.annotation, value, path)

    def templates(self, value: Any, path: Path) -> None:
        """Report every template in a value of any shape."""
        raw = raw_of(value)
        if isinstance(raw, dict):
            for key, child in raw.items():
                self._note(key, (*path, key), value)
                self.templates(child, (*path, key))
        elif isinstance(raw, list):
            for index, child in enumerate(raw):
                self.templates(child, (*path, index))
        else:
            self._note(raw, path, value)

    def _note(self, raw: Any, path: Path, value: Any) -> bool:
        if self._is_rendered or not is_template(raw):
            return False
        self._open_count += 1
        if self._on_template is not None:
            self._on_template(path, value if raw_of(value) is raw else Node(raw, *place_of(value)))
        return True

    def _fault(
        self, path: Path, message: str, hint: str = "", value: Any = None, *, is_key: bool = False
    ) -> None:
        self.faults.append(Fault(path, message, hint, value, is_key))

    def _validate(
        self,
        model: type[BaseModel],
        fitted: Fitted,
        faulty: set[str],
        values: Mapping[str, Any],
        path: Path,
    ) -> None:
        """Run the class's own validators over what is known and not refused yet."""
        unsure = fitted.open | faulty
        closed = {name: value for name, value in fitted.values.items() if name not in unsure}
        try:
            model.model_validate(closed, context={BUILDER: self._registry})
        except ValidationError as error:
            for name, fault in faults_of(error, path):
                if name not in closed and (name is not None or unsure):
                    continue
                given = values.get(name) if name is not None else None
                self._fault(fault.path, fault.message, fault.hint, given)

    def value(self, annotation: Any, value: Any, path: Path) -> Any:
        """Fit one value; gives it as plain data, templates as they are written."""
        origin = get_origin(annotation)
        while origin is Annotated:
            annotation = get_args(annotation)[0]
            origin = get_origin(annotation)
        raw = raw_of(value)
        if self._note(raw, path, value):
            return raw
        if is_union(annotation):
            return self._union(annotation, value, path)
        if raw is None or annotation is Any or annotation is object:
            self.templates(value, path)
            return plain_of(value)
        if origin in LISTS or annotation in LISTS:
            return self._list(annotation, value, path)
        if origin in MAPS or annotation in MAPS:
            return self._map(annotation, value, path)
        if origin is Literal:
            return self._choice([str(item) for item in get_args(annotation)], value, path)
        if isinstance(annotation, type):
            if issubclass(annotation, BaseModel):
                return self._object(annotation, value, path)
            if issubclass(annotation, Enum):
                return self._choice([str(item.value) for item in annotation], value, path)
            fit = SCALARS.get(annotation)
            if fit is not None:
                return self._scalar(fit, value, path)
        return plain_of(value)

    def _union(self, annotation: Any, value: Any, path: Path) -> Any:
        arms = [arm for arm in get_args(annotation) if arm is not type(None)]
        if raw_of(value) is None and len(arms) < len(get_args(annotation)):
            return None
        if (
            self._is_rendered
            and raw_of(value) == ""
            and not any(core_of(arm) is str for arm in arms)
        ):
            return None
        results: list[tuple[list[Fault], Any]] = []
        for arm in sorted(arms, key=lambda arm: not suits(arm, raw_of(value))):
            trial = Conform(
                self._registry, is_rendered=self._is_rendered, on_template=self._on_template
            )
            result = trial.value(arm, value, path)
            if not trial.faults:
                self._open_count += trial._open_count
                self.deprecated += trial.deprecated
                return result
            results.append((trial.faults, result))
        self.faults += results[0][0]
        return results[0][1]

    def _list(self, annotation: Any, value: Any, path: Path) -> Any:
        raw = self._from_text(value, list)
        if isinstance(raw, (set, tuple, frozenset)):
            raw = list(raw)
        if not isinstance(raw, list):
            self._fault(
                path, f"must be a list, got {kind_of(raw)}", "write one item per `- `", value
            )
            return None
        of = get_args(annotation)[0] if get_args(annotation) else Any
        items = []
        for index, item in enumerate(raw):
            if self._is_enough:
                break
            if raw_of(item) is None and not accepts_null(of):
                self._fault((*path, index), "must not be null", "remove the empty item", item)
                continue
            items.append(self.value(of, item, (*path, index)))
        return items

    def _map(self, annotation: Any, value: Any, path: Path) -> Any:
        raw = self._from_text(value, dict)
        if not isinstance(raw, Mapping):
            self._fault(path, f"must be a map, got {kind_of(raw)}", "write `key: value`", value)
            return None
        arguments = get_args(annotation)
        of = arguments[1] if len(arguments) == 2 else Any
        fitted = {}
        for key, item in raw.items():
            if self._is_enough:
                break
            self._note(key, (*path, str(key)), value)
            if raw_of(item) is None and not accepts_null(of):
                self._fault((*path, str(key)), "must not be null", "", item)
                continue
            fitted[str(key)] = self.value(of, item, (*path, str(key)))
        return fitted

    def _from_text(self, value: Any, wanted: type) -> Any:
        raw = raw_of(value)
        if not (self._is_rendered and isinstance(raw, str)):
            return raw
        try:
            parsed = json.loads(raw)
        except json.JSONDecodeError:
            return raw
        return parsed if isinstance(parsed, wanted) else raw

    def _object(self, model: type[BaseModel], value: Any, path: Path) -> Any:
        raw = self._from_text(value, dict)
        if isinstance(raw, model):
            return raw
        if not isinstance(raw, Mapping):
            self._fault(path, f"must be a map, got {kind_of(raw)}", "", value)
            return None
        if issubclass(model, Plugin):
            return self._plugin(model, raw, value, path)
        return self.model(model, raw, path).values

    def _plugin(self, base: type[Plugin], raw: Mapping[str, Any], value: Any, path: Path) -> Any:
        name = raw_of(raw.get("type"))
        info = self._registry.find(name) if isinstance(name, str) else None
        if info is None:
            hint = self._registry.nearest(name) if isinstance(name, str) else "give its `type`"
            shown = "<null>" if name is None else text_of(raw["type"])
            if isinstance(name, (dict, list)):
                shown = kind_of(name)
            self._fault((*path, "type"), f"Invalid type: {shown}", hint, raw.get("type") or value)
            return None
        actual = self._registry.load(info.type_name)
        if not issubclass(actual, base):
            self._fault(
                (*path, "type"),
                f"Invalid type: {name}",
                f"it is a {info.role}, which does not fit here",
                raw.get("type"),
            )
            return None
        before = len(self.faults)
        fitted = self.model(actual, raw, path, ignore=frozenset({"type"}))
        if not self._is_rendered:
            # The object is built from rendered values only, so for its owner it stays open.
            self._open_count += 1
            return {"type": info.type_name, **fitted.values}
        if len(self.faults) > before:
            return None
        try:
            return actual.model_validate(fitted.values, context={BUILDER: self._registry})
        except ValidationError as error:
            self.faults += [fault for _, fault in faults_of(error, path)]
            return None

    def _choice(self, words: list[str], value: Any, path: Path) -> Any:
        raw = raw_of(value)
        if isinstance(raw, str) and raw in words:
            return raw
        if self._is_rendered and isinstance(raw, str) and raw.strip() in words:
            return raw.strip()
        if isinstance(raw, (dict, list)):
            self._fault(path, f"must be one of {', '.join(words)}, got {kind_of(raw)}", "", value)
            return None
        given = text_of(value)
        self._fault(path, not_one_of(words, given), nearest(given, words, is_short=False), value)
        return None

    def _scalar(self, fit: Callable[[Any, bool], Any], value: Any, path: Path) -> Any:
        try:
            return fit(value, self._is_rendered)
        except ValueError as error:
            raw = raw_of(value)
            shown = kind_of(raw) if isinstance(raw, (dict, list)) else f"`{text_of(value)}`"
            message, _, hint = str(error).partition("; ")
            self._fault(path, f"{message}, got {shown}", hint, value)
            return None


def _placeholders(raw: Any) -> Any:
    """Keep how long a list is, and nothing of what is in it."""
    return [None] * len(raw) if isinstance(raw, list) else raw
