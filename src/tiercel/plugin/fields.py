"""What a class declares: its properties as flows write them, and questions about their types."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Union, get_args, get_origin

from pydantic import AliasChoices, BaseModel

from tiercel.plugin.task import AsWritten, InputList, TaskBranch

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

LISTS = (list, set, tuple, frozenset)
"""Types that a YAML list fits."""

MAPS = (dict, Mapping)
"""Types that a YAML map fits."""

DEPRECATED: dict[str, Any] = {"deprecated": True}
"""Extra of a field's JSON schema that marks a property which still works but should not be used."""


@dataclass(frozen=True, slots=True, eq=False)
class Property:
    """One property of a class, as flows write it.

    Attributes:
        names: Names that are accepted, the current one first.
        is_as_written: The object renders it itself, so its literal may be anything.
        branch: How it holds tasks, which the flow's parser reads.
        is_inputs: It holds a list of inputs.
        is_deprecated: There is a better way to say it.
    """

    field: str
    names: tuple[str, ...]
    annotation: Any
    is_required: bool
    is_as_written: bool = False
    branch: TaskBranch | None = None
    is_inputs: bool = False
    is_deprecated: bool = False

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
            is_deprecated=info.json_schema_extra == DEPRECATED,
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
    """Annotations inside an optional type: ``Annotated[…] | None``."""
    marks: list[Any] = []
    for arm in get_args(annotation) if is_union(annotation) else ():
        if get_origin(arm) is Annotated:
            marks += get_args(arm)[1:]
    return marks


def is_union(annotation: Any) -> bool:
    """Whether a type has several arms, ``None`` included."""
    return get_origin(annotation) in (Union, types.UnionType)


def core_of(annotation: Any) -> Any:
    """Return a type without annotations and parameters: ``list`` for ``list[int]``."""
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    return get_origin(annotation) or annotation


def accepts_null(annotation: Any) -> bool:
    """Whether null fits a type."""
    core = core_of(annotation)
    return core is Any or (core in (Union, types.UnionType) and type(None) in get_args(annotation))


def suits(arm: Any, raw: Any) -> bool:
    """Whether an arm of a union is the likely one for a value, judged by shape."""
    core = core_of(arm)
    if isinstance(raw, Mapping):
        return core in MAPS or (isinstance(core, type) and issubclass(core, BaseModel))
    if isinstance(raw, list):
        return core in LISTS
    if isinstance(raw, bool):
        return core is bool
    if isinstance(raw, (int, float)):
        return core is type(raw)
    return core is str
