"""Inputs of a flow: one class per type, with the properties that flows may write.

Values themselves are typed and checked in :mod:`tiercel.engine.inputs`.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel


class InputType(StrEnum):
    """Every type an input or a flow output can have."""

    STRING = "STRING"
    INT = "INT"
    FLOAT = "FLOAT"
    BOOLEAN = "BOOLEAN"
    BOOL = "BOOL"
    DATETIME = "DATETIME"
    DATE = "DATE"
    TIME = "TIME"
    DURATION = "DURATION"
    ENUM = "ENUM"
    SELECT = "SELECT"
    MULTISELECT = "MULTISELECT"
    ARRAY = "ARRAY"
    JSON = "JSON"
    YAML = "YAML"
    URI = "URI"
    EMAIL = "EMAIL"
    SECRET = "SECRET"  # noqa: S105  the name of a type
    FILE = "FILE"


Int32 = Annotated[int, Field(ge=-(2**31), le=2**31 - 1)]
"""A whole number of 32 bits, as INT inputs hold."""


class _Written(BaseModel):
    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        populate_by_name=True,
        alias_generator=to_camel,
        defer_build=True,
    )


class DependsOn(_Written):
    """When an input is asked for at all.

    Attributes:
        inputs: Ids of the inputs that ``condition`` reads.
        condition: Template that must give boolean true; None when the inputs suffice.
    """

    inputs: tuple[str, ...] = ()
    condition: str | None = None


class Input(_Written):
    """What all inputs have.

    Attributes:
        id: Unique in the flow; dots make nested maps of the values.
        defaults: Literal or template, used when no value is given.
        prefill: Shown in forms as a value that can be cleared; never used by itself.
    """

    input_type: ClassVar[InputType]

    id: str
    type: InputType
    name: str | None = None
    description: str | None = None
    display_name: Annotated[str, Field(max_length=64)] | None = None
    required: bool = True
    defaults: Any = None
    prefill: Any = None
    depends_on: DependsOn | None = None

    @model_validator(mode="after")
    def _one_preset(self) -> Input:
        if self.prefill is not None and self.defaults is not None:
            raise ValueError("`prefill` and `defaults` exclude each other; keep one")
        if self.prefill is not None and self.required:
            raise ValueError("`prefill` needs `required: false`")
        return self


class StringInput(Input):
    """A text; ``validator`` is a regular expression that must match all of it."""

    input_type = InputType.STRING
    validator: str | None = None


class IntInput(Input):
    """A whole number of 32 bits, within inclusive bounds."""

    input_type = InputType.INT
    min: Int32 | None = None
    max: Int32 | None = None


class FloatInput(Input):
    """A number, within inclusive bounds."""

    input_type = InputType.FLOAT
    min: float | None = None
    max: float | None = None


class BooleanInput(Input):
    """True or false."""

    input_type = InputType.BOOLEAN


class BoolInput(Input):
    """True, false or, when not required, null."""

    input_type = InputType.BOOL


class DateTimeInput(Input):
    """A moment, within inclusive bounds."""

    input_type = InputType.DATETIME
    after: dt.datetime | None = None
    before: dt.datetime | None = None


class DateInput(Input):
    """A day, within inclusive bounds."""

    input_type = InputType.DATE
    after: dt.date | None = None
    before: dt.date | None = None


class TimeInput(Input):
    """A time of day, within inclusive bounds."""

    input_type = InputType.TIME
    after: dt.time | None = None
    before: dt.time | None = None


class DurationInput(Input):
    """A duration, within inclusive bounds."""

    input_type = InputType.DURATION
    min: dt.timedelta | None = None
    max: dt.timedelta | None = None


class EnumInput(Input):
    """One of ``values``; the older form of SELECT."""

    input_type = InputType.ENUM
    values: tuple[str, ...]


class SelectInput(Input):
    """One of ``values``, or of the list that ``expression`` renders to.

    Attributes:
        allow_custom_value: Other values are accepted too.
        is_radio: How forms show it.
        auto_select_first: The first value is the default.
    """

    input_type = InputType.SELECT
    values: tuple[str, ...] | None = None
    expression: str | None = None
    allow_custom_value: bool = False
    is_radio: bool = False
    auto_select_first: bool = False

    @model_validator(mode="after")
    def _has_values(self) -> SelectInput:
        if self.values is None and self.expression is None:
            raise ValueError("`values` or `expression` must be set")
        return self


class MultiselectInput(Input):
    """Any number of ``values``, or of the list that ``expression`` renders to."""

    input_type = InputType.MULTISELECT
    values: tuple[str, ...] | None = None
    options: tuple[str, ...] | None = None
    expression: str | None = None
    item_type: InputType = InputType.STRING
    allow_custom_value: bool = False
    auto_select_first: bool = False

    @model_validator(mode="after")
    def _has_values(self) -> MultiselectInput:
        if self.values is not None and self.options is not None:
            raise ValueError("you can't define both `values` and `options`; keep `values`")
        if self.values is None and self.options is None and self.expression is None:
            raise ValueError("`values` or `expression` must be set")
        return self

    @property
    def choices(self) -> tuple[str, ...] | None:
        """The declared values, under whichever name."""
        return self.values if self.values is not None else self.options


class ArrayInput(Input):
    """A list whose elements are typed by ``item_type``."""

    input_type = InputType.ARRAY
    item_type: InputType

    @model_validator(mode="after")
    def _is_flat(self) -> ArrayInput:
        if self.item_type is InputType.ARRAY:
            raise ValueError("`itemType` cannot be `ARRAY`")
        return self


class JsonInput(Input):
    """Any value, given as JSON text or as it is."""

    input_type = InputType.JSON


class YamlInput(Input):
    """Any value, given as YAML text or as it is."""

    input_type = InputType.YAML


class UriInput(Input):
    """An absolute URI."""

    input_type = InputType.URI


class EmailInput(Input):
    """An e-mail address."""

    input_type = InputType.EMAIL


class SecretInput(Input):
    """A text that is stored encrypted and masked in logs."""

    input_type = InputType.SECRET
    validator: str | None = None


class FileInput(Input):
    """A file in internal storage.

    Attributes:
        extension: Of the stored file, when the upload has no name of its own.
        allowed_file_extensions: Such as ``.csv``, compared in lower case.
    """

    input_type = InputType.FILE
    extension: str | None = None
    allowed_file_extensions: tuple[str, ...] | None = None


INPUT_CLASSES: dict[InputType, type[Input]] = {
    kind.input_type: kind
    for kind in (
        StringInput,
        IntInput,
        FloatInput,
        BooleanInput,
        BoolInput,
        DateTimeInput,
        DateInput,
        TimeInput,
        DurationInput,
        EnumInput,
        SelectInput,
        MultiselectInput,
        ArrayInput,
        JsonInput,
        YamlInput,
        UriInput,
        EmailInput,
        SecretInput,
        FileInput,
    )
}
"""The class of each input type."""
