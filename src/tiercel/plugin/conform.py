"""Fit values to declared types: literals of a flow before it runs, rendered values when it does.

One walk over a type and a value serves both. A *literal* has a place in the source and may be a
template, which is left open; a *rendered* value is final, and text is turned into what the type
wants (JSON text into lists and maps, ``"5"`` into a number). pydantic then builds the class.
"""

from __future__ import annotations

import json
import types
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import AliasChoices, BaseModel, ValidationError

from tiercel.model.durations import format_duration, to_duration
from tiercel.model.yaml import Node
from tiercel.plugin.runner import BUILDER
from tiercel.plugin.task import AsWritten, InputList, Plugin, TaskBranch

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

    from tiercel.plugin.registry import Registry

Path = tuple[str | int, ...]
"""Keys and indexes from the object to a value in it."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One value that does not fit.

    Attributes:
        path: Where it is, from the object that was checked.
        value: The node or value at fault, None when a property is missing.
        is_key: The key itself is wrong, not its value.
    """

    path: Path
    message: str
    hint: str = ""
    value: Any = None
    is_key: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Property:
    """One property of a class, as flows write it.

    Attributes:
        names: Names that are accepted, the current one first.
        is_as_written: The object renders it itself, so its literal may be anything.
        branch: How it holds tasks, which the flow's parser reads.
        is_inputs: It holds a list of inputs.
    """

    field: str
    names: tuple[str, ...]
    annotation: Any
    is_required: bool
    is_as_written: bool = False
    branch: TaskBranch | None = None
    is_inputs: bool = False

    @property
    def name(self) -> str:
        """The current name."""
        return self.names[0]


@cache
def properties_of(model: type[BaseModel]) -> Mapping[str, Property]:
    """Return the properties of a class by every accepted name."""
    found: dict[str, Property] = {}
    for name, info in model.model_fields.items():
        names = _names(name, info)
        marks = [*info.metadata, *_marks(info.annotation)]
        item = Property(
            field=name,
            names=names,
            annotation=info.annotation,
            is_required=info.is_required(),
            is_as_written=any(isinstance(mark, AsWritten) for mark in marks),
            branch=next((mark for mark in marks if isinstance(mark, TaskBranch)), None),
            is_inputs=any(isinstance(mark, InputList) for mark in marks),
        )
        found.update(dict.fromkeys(names, item))
    return found


@cache
def required_of(model: type[BaseModel]) -> tuple[str, ...]:
    """Return the names of the properties that must be given."""
    return tuple({p.name: None for p in properties_of(model).values() if p.is_required})


def _names(name: str, info: FieldInfo) -> tuple[str, ...]:
    alias = info.validation_alias
    if isinstance(alias, AliasChoices):
        return tuple(str(choice) for choice in alias.choices)
    return (str(alias or info.alias or name),)


def _marks(annotation: Any) -> list[Any]:
    """Annotations inside an optional type: ``TaskList | None``."""
    marks: list[Any] = []
    for arm in get_args(annotation) if _is_union(annotation) else ():
        if get_origin(arm) is Annotated:
            marks += get_args(arm)[1:]
    return marks


def nearest(word: str, known: Iterable[object], *, is_short: bool = True) -> str:
    """Return a hint naming the known words that resemble ``word``.

    Args:
        is_short: When none does, name all words of a short list.
    """
    words = [str(item) for item in known]
    folded = {item.lower(): item for item in words}
    close = [folded[key] for key in get_close_matches(word.lower(), folded, n=2, cutoff=0.6)]
    if close:
        return "did you mean " + " or ".join(f"`{item}`" for item in close) + "?"
    if is_short and 0 < len(words) <= 12:
        return "known are " + ", ".join(f"`{item}`" for item in words)
    return ""


def is_template(value: Any) -> bool:
    """Whether a text has to be rendered."""
    return isinstance(value, str) and ("{{" in value or "{%" in value or "{#" in value)


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
    """One walk over an object; :attr:`faults` collects everything that does not fit.

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
            item = known.get(name)
            if item is None:
                self._unknown(model, name, value, path, ignore)
            elif item.branch is not None or item.is_inputs:
                fitted[item.name] = self._loose(value)
            elif _raw(value) is not None:
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

    def _loose(self, value: Any) -> Any:
        """Tasks and inputs are read elsewhere; here they only count as given."""
        if self._is_rendered:
            return _plain(value)
        raw = _raw(value)
        if isinstance(raw, dict):
            return {key: _placeholders(_raw(child)) for key, child in raw.items()}
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
        owner = getattr(model, "type_name", "")
        self._fault(
            (*path, name),
            f'Unrecognized field "{name}"' + (f" of {owner}" if owner else ""),
            nearest(name, sorted(words | ignore)) or "remove the property",
            value,
            is_key=True,
        )

    def _property(self, item: Property, value: Any, path: Path) -> Any:
        if item.is_as_written and self._is_rendered:
            return _plain(value)
        return self.value(item.annotation, value, path)

    def templates(self, value: Any, path: Path) -> None:
        """Report every template in a value of any shape."""
        raw = _raw(value)
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
            self._on_template(path, value if _raw(value) is raw else Node(raw, *_place(value)))
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
        raw = _raw(value)
        if self._note(raw, path, value):
            return raw
        if _is_union(annotation):
            return self._union(annotation, value, path)
        if raw is None or annotation is Any or annotation is object:
            self.templates(value, path)
            return _plain(value)
        if origin in _LISTS or annotation in _LISTS:
            return self._list(annotation, value, path)
        if origin in _MAPS or annotation in _MAPS:
            return self._map(annotation, value, path)
        if origin is Literal:
            return self._choice([str(item) for item in get_args(annotation)], value, path)
        if isinstance(annotation, type):
            if issubclass(annotation, BaseModel):
                return self._object(annotation, value, path)
            if issubclass(annotation, Enum):
                return self._choice([str(item.value) for item in annotation], value, path)
            fit = _SCALARS.get(annotation)
            if fit is not None:
                return self._scalar(fit, value, path)
        return _plain(value)

    def _union(self, annotation: Any, value: Any, path: Path) -> Any:
        arms = [arm for arm in get_args(annotation) if arm is not type(None)]
        if _raw(value) is None and len(arms) < len(get_args(annotation)):
            return None
        if self._is_rendered and _raw(value) == "" and not any(_core(arm) is str for arm in arms):
            return None
        results: list[tuple[list[Fault], Any]] = []
        for arm in sorted(arms, key=lambda arm: not _suits(arm, _raw(value))):
            trial = Conform(
                self._registry, is_rendered=self._is_rendered, on_template=self._on_template
            )
            result = trial.value(arm, value, path)
            if not trial.faults:
                self._open_count += trial._open_count
                return result
            results.append((trial.faults, result))
        self.faults += results[0][0]
        return results[0][1]

    def _list(self, annotation: Any, value: Any, path: Path) -> Any:
        raw = self._from_text(value, list)
        if isinstance(raw, (set, tuple, frozenset)):
            raw = list(raw)
        if not isinstance(raw, list):
            self._fault(path, f"must be a list, got {_kind(raw)}", "write one item per `- `", value)
            return None
        of = get_args(annotation)[0] if get_args(annotation) else Any
        items = []
        for index, item in enumerate(raw):
            if _raw(item) is None and not _accepts_null(of):
                self._fault((*path, index), "must not be null", "remove the empty item", item)
                continue
            items.append(self.value(of, item, (*path, index)))
        return items

    def _map(self, annotation: Any, value: Any, path: Path) -> Any:
        raw = self._from_text(value, dict)
        if not isinstance(raw, Mapping):
            self._fault(path, f"must be a map, got {_kind(raw)}", "write `key: value`", value)
            return None
        arguments = get_args(annotation)
        of = arguments[1] if len(arguments) == 2 else Any
        fitted = {}
        for key, item in raw.items():
            self._note(key, (*path, str(key)), value)
            if _raw(item) is None and not _accepts_null(of):
                self._fault((*path, str(key)), "must not be null", "", item)
                continue
            fitted[str(key)] = self.value(of, item, (*path, str(key)))
        return fitted

    def _from_text(self, value: Any, wanted: type) -> Any:
        raw = _raw(value)
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
            self._fault(path, f"must be a map, got {_kind(raw)}", "", value)
            return None
        if issubclass(model, Plugin):
            return self._plugin(model, raw, value, path)
        return self.model(model, raw, path).values

    def _plugin(self, base: type[Plugin], raw: Mapping[str, Any], value: Any, path: Path) -> Any:
        name = _raw(raw.get("type"))
        info = self._registry.find(name) if isinstance(name, str) else None
        if info is None:
            hint = self._registry.nearest(name) if isinstance(name, str) else "give its `type`"
            shown = "<null>" if name is None else name
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
        raw = _raw(value)
        if isinstance(raw, str) and raw in words:
            return raw
        if self._is_rendered and isinstance(raw, str) and raw.strip() in words:
            return raw.strip()
        shown = f"`{_text(value)}`" if not isinstance(raw, (dict, list)) else _kind(raw)
        hint = nearest(str(raw), words, is_short=False)
        self._fault(path, f"must be one of {', '.join(words)}, got {shown}", hint, value)
        return None

    def _scalar(self, fit: Callable[[Any, bool], Any], value: Any, path: Path) -> Any:
        try:
            return fit(value, self._is_rendered)
        except ValueError as error:
            raw = _raw(value)
            shown = _kind(raw) if isinstance(raw, (dict, list)) else f"`{_text(value)}`"
            message, _, hint = str(error).partition("; ")
            self._fault(path, f"{message}, got {shown}", hint, value)
            return None


def faults_of(error: ValidationError, path: Path = ()) -> list[tuple[str | None, Fault]]:
    """Return what pydantic found, in words for authors, each with its property's name."""
    found: list[tuple[str | None, Fault]] = []
    for item in error.errors(include_url=False, include_input=False):
        place = tuple(part for part in item["loc"] if not _is_arm(part))
        name = str(place[0]) if place else None
        message, _, hint = _message_of(item["type"], item["msg"], item.get("ctx", {})).partition(
            "; "
        )
        found.append((name, Fault((*path, *place), message, hint)))
    return found


def _message_of(kind: str, message: str, context: Mapping[str, Any]) -> str:
    """Put what pydantic says into the words used everywhere else."""
    if kind == "value_error":
        return message.removeprefix("Value error, ")
    words = _WORDS.get(kind)
    if words is not None:
        return words.format_map(context)
    return message[:1].lower() + message[1:]


_WORDS = {
    "missing": "must not be null",
    "too_short": "must not be empty",
    "string_too_short": "must not be empty",
    "string_too_long": "must have at most {max_length} characters",
    "string_pattern_mismatch": 'must match "{pattern}"',
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "extra_forbidden": "unknown property",
}


def _is_arm(part: str | int) -> bool:
    """pydantic names the arms of unions and validators in its paths; authors do not."""
    return isinstance(part, str) and ("[" in part or part in {"str", "int", "float", "bool"})


def _placeholders(raw: Any) -> Any:
    """Keep how long a list is, and nothing of what is in it."""
    return [None] * len(raw) if isinstance(raw, list) else raw


def _raw(value: Any) -> Any:
    return value.value if isinstance(value, Node) else value


def _plain(value: Any) -> Any:
    return value.plain() if isinstance(value, Node) else value


def _place(value: Any) -> tuple[int, int]:
    return (value.line, value.column) if isinstance(value, Node) else (0, 0)


def _text(value: Any) -> str:
    if isinstance(value, Node) and value.text is not None:
        return value.text
    raw = _raw(value)
    if raw is None:
        return "null"
    if isinstance(raw, bool):
        return "true" if raw else "false"
    return str(raw)


def _kind(raw: Any) -> str:
    if isinstance(raw, Mapping):
        return "a map"
    if isinstance(raw, list):
        return "a list"
    return f"`{_text(raw)}`"


def _is_union(annotation: Any) -> bool:
    return get_origin(annotation) in (Union, types.UnionType)


def _core(annotation: Any) -> Any:
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    return get_origin(annotation) or annotation


def _accepts_null(annotation: Any) -> bool:
    core = _core(annotation)
    return core is Any or (core in (Union, types.UnionType) and type(None) in get_args(annotation))


def _suits(arm: Any, raw: Any) -> bool:
    """Whether an arm of a union is the likely one for a value, judged by shape."""
    core = _core(arm)
    if isinstance(raw, Mapping):
        return core in _MAPS or (isinstance(core, type) and issubclass(core, BaseModel))
    if isinstance(raw, list):
        return core in _LISTS
    if isinstance(raw, bool):
        return core is bool
    if isinstance(raw, (int, float)):
        return core is type(raw)
    return core is str


def _fit_text(value: Any, is_rendered: bool) -> Any:
    raw = _raw(value)
    if isinstance(raw, (dict, list)):
        if is_rendered:
            return json.dumps(raw, ensure_ascii=False, separators=(",", ":"), default=str)
        raise ValueError("must be text")
    return raw if isinstance(raw, str) else _text(value)


def _fit_integer(value: Any, _is_rendered: bool) -> Any:
    raw = _raw(value)
    if isinstance(raw, int) and not isinstance(raw, bool):
        return raw
    if isinstance(raw, float) and raw.is_integer():
        return int(raw)
    try:
        if isinstance(raw, str):
            return int(raw.strip())
    except ValueError:
        pass
    raise ValueError("must be a whole number")


def _fit_number(value: Any, _is_rendered: bool) -> Any:
    raw = _raw(value)
    if isinstance(raw, (int, float)) and not isinstance(raw, bool):
        return raw
    try:
        if isinstance(raw, str):
            return float(raw.strip())
    except ValueError:
        pass
    raise ValueError("must be a number")


def _fit_boolean(value: Any, is_rendered: bool) -> Any:
    raw = _raw(value)
    if isinstance(raw, bool):
        return raw
    if isinstance(raw, str):
        text = raw.strip().lower() if is_rendered else raw
        if text in ("true", "false"):
            return text == "true"
    raise ValueError("must be true or false")


def _fit_duration(value: Any, _is_rendered: bool) -> Any:
    try:
        return format_duration(to_duration(_raw(value)))
    except ValueError:
        raise ValueError("must be a duration; write it like `PT15S`, `PT2H` or `P1D`") from None


_LISTS = (list, set, tuple, frozenset)
_MAPS = (dict, Mapping)
_SCALARS: dict[type, Callable[[Any, bool], Any]] = {
    str: _fit_text,
    int: _fit_integer,
    float: _fit_number,
    bool: _fit_boolean,
    timedelta: _fit_duration,
}
