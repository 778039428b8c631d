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
    """When an input is asked for at all."""

    inputs: tuple[str, ...] = Field(
        default=(), description="Ids of the inputs that must be given first."
    )
    condition: str | None = Field(
        default=None,
        description=(
            "Template that must be true for the input to be asked for, such as `{{ "
            "inputs.kind == 'file' }}`. The inputs suffice when it is left out."
        ),
    )


class Input(_Written):
    """What all inputs have."""

    input_type: ClassVar[InputType]

    id: str = Field(
        description=(
            "Name of the input, the only one in its list: `inputs.NAME` in templates. Dots "
            "make maps of the values."
        )
    )
    type: InputType = Field(description="What its values are.")
    name: str | None = Field(default=None, description="Older name of `id`.")
    description: str | None = Field(
        default=None, description="What the input is for, in Markdown. Forms show it."
    )
    display_name: Annotated[str, Field(max_length=64)] | None = Field(
        default=None, description="Name of the input in forms. Its id when it is left out."
    )
    required: bool = Field(
        default=True, description="Whether there must be a value; with `false` it may be null."
    )
    defaults: Any = Field(
        default=None, description="Value when none is given: a literal or a template."
    )
    prefill: Any = Field(
        default=None,
        description=(
            "Value that forms begin with and that can be cleared. It is never used by itself."
        ),
    )
    depends_on: DependsOn | None = Field(
        default=None, description="When the input is asked for at all. Always when it is left out."
    )

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
    validator: str | None = Field(
        default=None, description="Regular expression that must match the whole text."
    )


class IntInput(Input):
    """A whole number of 32 bits, within inclusive bounds."""

    input_type = InputType.INT
    min: Int32 | None = Field(default=None, description="Smallest number that is accepted.")
    max: Int32 | None = Field(default=None, description="Largest number that is accepted.")


class FloatInput(Input):
    """A number, within inclusive bounds."""

    input_type = InputType.FLOAT
    min: float | None = Field(default=None, description="Smallest number that is accepted.")
    max: float | None = Field(default=None, description="Largest number that is accepted.")


class BooleanInput(Input):
    """True or false."""

    input_type = InputType.BOOLEAN


class BoolInput(Input):
    """True, false or, when not required, null."""

    input_type = InputType.BOOL


class DateTimeInput(Input):
    """A moment, within inclusive bounds."""

    input_type = InputType.DATETIME
    after: dt.datetime | None = Field(
        default=None,
        description="Earliest moment that is accepted, such as `2026-01-31T09:00:00Z`.",
    )
    before: dt.datetime | None = Field(default=None, description="Latest moment that is accepted.")


class DateInput(Input):
    """A day, within inclusive bounds."""

    input_type = InputType.DATE
    after: dt.date | None = Field(
        default=None, description="Earliest day that is accepted, such as `2026-01-31`."
    )
    before: dt.date | None = Field(default=None, description="Latest day that is accepted.")


class TimeInput(Input):
    """A time of day, within inclusive bounds."""

    input_type = InputType.TIME
    after: dt.time | None = Field(
        default=None, description="Earliest time of day that is accepted, such as `09:00:00`."
    )
    before: dt.time | None = Field(default=None, description="Latest time of day that is accepted.")


class DurationInput(Input):
    """A duration, within inclusive bounds."""

    input_type = InputType.DURATION
    min: dt.timedelta | None = Field(
        default=None, description="Shortest duration that is accepted, such as `PT1M`."
    )
    max: dt.timedelta | None = Field(
        default=None, description="Longest duration that is accepted, such as `P1D`."
    )


class EnumInput(Input):
    """One of ``values``; the older form of SELECT."""

    input_type = InputType.ENUM
    values: tuple[str, ...] = Field(description="Values to choose from.")


class SelectInput(Input):
    """One of ``values``, or of the list that ``expression`` renders to."""

    input_type = InputType.SELECT
    values: tuple[str, ...] | None = Field(default=None, description="Values to choose from.")
    expression: str | None = Field(
        default=None,
        description="Template of a JSON list of the values to choose from, instead of `values`.",
    )
    allow_custom_value: bool = Field(
        default=False, description="Whether other values are accepted, too."
    )
    is_radio: bool = Field(
        default=False,
        description="`true` lets forms show the values as buttons rather than a list.",
    )
    auto_select_first: bool = Field(
        default=False, description="Whether the first value is the default."
    )

    @model_validator(mode="after")
    def _has_values(self) -> SelectInput:
        if self.values is None and self.expression is None:
            raise ValueError("`values` or `expression` must be set")
        return self


class MultiselectInput(Input):
    """Any number of ``values``, or of the list that ``expression`` renders to."""

    input_type = InputType.MULTISELECT
    values: tuple[str, ...] | None = Field(default=None, description="Values to choose from.")
    options: tuple[str, ...] | None = Field(default=None, description="Older name of `values`.")
    expression: str | None = Field(
        default=None,
        description="Template of a JSON list of the values to choose from, instead of `values`.",
    )
    item_type: InputType = Field(default=InputType.STRING, description="What each chosen value is.")
    allow_custom_value: bool = Field(
        default=False, description="Whether other values are accepted, too."
    )
    auto_select_first: bool = Field(
        default=False, description="Whether the first value is the default."
    )

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
    item_type: InputType = Field(description="What each element is.")

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
    validator: str | None = Field(
        default=None, description="Regular expression that must match the whole text."
    )


class FileInput(Input):
    """A file in internal storage."""

    input_type = InputType.FILE
    extension: str | None = Field(
        default=None,
        description=(
            "Extension of the stored file, such as `.csv`, when the upload has no name of its own."
        ),
    )
    allowed_file_extensions: tuple[str, ...] | None = Field(
        default=None,
        description=(
            "Extensions that an upload may have, such as `.csv`. Any when it is left out."
        ),
    )


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
