"""From what a caller gives to the ``inputs`` of an execution; from rendered to typed outputs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from tiercel.engine.dates import instant_text
from tiercel.engine.input_values import (
    WrongValueError,
    matches,
    text_of,
    to_date,
    to_length,
    to_moment,
    to_time,
    typed,
    typed_list,
)
from tiercel.expressions import ExpressionError, is_template
from tiercel.model.durations import format_duration
from tiercel.model.errors import IllegalArgumentError, InvalidInputError
from tiercel.model.flow import Flow, FlowOutput
from tiercel.model.inputs import (
    ArrayInput,
    DateInput,
    DateTimeInput,
    DurationInput,
    EnumInput,
    FileInput,
    FloatInput,
    Input,
    InputType,
    IntInput,
    MultiselectInput,
    SecretInput,
    SelectInput,
    StringInput,
    TimeInput,
)

Render = Callable[[Any, Mapping[str, Any]], Any]
"""Renders a default, condition or list of choices; the map holds the inputs it may read."""

Encrypt = Callable[[str], str]
"""Encrypts the clear text of a SECRET input."""

ENCRYPTED = "io.kestra.datatype:aes_encrypted"
"""Type that marks an encrypted value among outputs."""


def resolve_inputs(
    flow: Flow,
    given: Mapping[str, Any],
    *,
    render: Render,
    encrypt: Encrypt | None = None,
) -> dict[str, Any]:
    """Return the typed inputs of an execution of ``flow``.

    Args:
        given: Values by input id, text or typed; empty texts and null count as not given, names
            that the flow does not declare are dropped. FILE inputs are given as URIs.
        render: Raises ExpressionError when a template can't be rendered.
        encrypt: None when the server has no encryption key: SECRET inputs are then refused.

    Returns:
        JSON-like values; an id with dots is a path of nested maps. Disabled inputs are absent,
        inputs without a value are null.

    Raises:
        InvalidInputError: Values are missing or refused; the message lists them all.
        IllegalArgumentError: An id is the beginning of another one.
    """
    return resolve(flow.inputs, given, render=render, encrypt=encrypt)


def resolve(
    inputs: Iterable[Input],
    given: Mapping[str, Any],
    *,
    render: Render,
    encrypt: Encrypt | None = None,
) -> dict[str, Any]:
    """Like :func:`resolve_inputs`, for inputs that are not a flow's, such as those of a Pause."""
    resolution = _Resolution(inputs, given, render, encrypt)
    values = resolution.run()
    if resolution.problems:
        raise InvalidInputError("\n".join(resolution.problems), problems=resolution.problems)
    return _nested(values)


@dataclass(frozen=True, slots=True)
class InputPreview:
    """What would become of one input.

    Attributes:
        value: Typed, or as it was given when it is refused; None when there is none.
        is_enabled: Whether it is asked for at all.
        choices: What a SELECT or MULTISELECT may be, rendered; None for others.
    """

    id: str
    value: Any
    is_enabled: bool
    choices: tuple[str, ...] | None = None
    errors: tuple[str, ...] = ()


def preview(
    inputs: Iterable[Input], given: Mapping[str, Any], *, render: Render
) -> list[InputPreview]:
    """Return what would become of each input; nothing is raised for values that are refused.

    Raises:
        IllegalArgumentError: An id is the beginning of another one.
    """
    resolution = _Resolution(inputs, given, render, encrypt=lambda text: text)
    resolution.run()
    return resolution.previews()


class _Resolution:
    """One run over the inputs in order of declaration, dependencies first."""

    def __init__(
        self,
        inputs: Iterable[Input],
        given: Mapping[str, Any],
        render: Render,
        encrypt: Encrypt | None,
    ) -> None:
        self._inputs = {item.id: item for item in inputs}
        self._given = _flattened(given, self._inputs)
        self._render = render
        self._encrypt = encrypt
        self._values: dict[str, Any] = {}
        self._enabled: dict[str, bool] = {}
        self._visiting: set[str] = set()
        self.problems: list[str] = []
        self.refused: dict[str, None] = {}
        self._shown_choices: dict[str, tuple[str, ...] | None] = {}

    def previews(self) -> list[InputPreview]:
        """Return every input after a run, in order of declaration."""
        return [
            InputPreview(
                id=key,
                value=self._given.get(key) if key in self.refused else self._values[key],
                is_enabled=self._enabled[key],
                choices=self._shown_choices.get(key),
                errors=tuple(
                    problem.removeprefix(f"{key}: ")
                    for problem in self.problems
                    if problem.startswith(f"{key}: ")
                ),
            )
            for key in self._inputs
        ]

    def run(self) -> dict[str, Any]:
        for input_id in self._inputs:
            self._resolve(input_id)
        return {key: self._values[key] for key in self._inputs if self._enabled[key]}

    def _resolve(self, input_id: str) -> None:
        if input_id in self._enabled or input_id in self._visiting:
            return
        item = self._inputs[input_id]
        self._visiting.add(input_id)
        visible = self._dependencies(item)
        self._visiting.discard(input_id)
        self._values[input_id] = None
        self._enabled[input_id] = self._is_enabled(item, visible)
        if not self._enabled[input_id]:
            return
        value = None
        try:
            choices = self._shown_choices[input_id] = self._choices(item, visible)
            value = self._value(item, visible, choices)
            if value is None:
                if item.required:
                    raise WrongValueError("missing required input")
                return
            self._values[input_id] = self._typed(item, value, choices)
        except WrongValueError as error:
            self.refused.setdefault(input_id)
            self.problems.append(
                f"{input_id}: Invalid input for `{input_id}`, {error}, "
                f"but received `{_shown(item, value)}`"
            )

    def _dependencies(self, item: Input) -> dict[str, Any]:
        """Resolve the inputs that ``item`` depends on; give their values."""
        names = item.depends_on.inputs if item.depends_on is not None else ()
        visible: dict[str, Any] = {}
        for name in names:
            if name != item.id and name in self._inputs:
                self._resolve(name)
                visible[name] = self._values.get(name)
        return _nested(visible)

    def _is_enabled(self, item: Input, visible: Mapping[str, Any]) -> bool:
        if item.depends_on is None:
            return True
        if not all(self._enabled.get(name, True) for name in item.depends_on.inputs):
            return False
        if item.depends_on.condition is None:
            return True
        try:
            return self._render(item.depends_on.condition, visible) is True
        except ExpressionError:
            # A condition that can't be evaluated does not hold: the input is not asked for.
            return False

    def _choices(self, item: Input, visible: Mapping[str, Any]) -> tuple[str, ...] | None:
        if isinstance(item, EnumInput):
            return item.values
        if not isinstance(item, (SelectInput, MultiselectInput)):
            return None
        if item.expression is None:
            return item.values if isinstance(item, SelectInput) else item.choices
        try:
            rendered = self._render(item.expression, visible)
        except ExpressionError as error:
            raise WrongValueError(f"Cannot render 'expression'. Cause: {error.message}") from None
        if not isinstance(rendered, (list, tuple)):
            raise WrongValueError(
                "Invalid expression result. Expected a list of strings, "
                f"but received {text_of(rendered)}"
            )
        return tuple(text_of(value) for value in rendered if value is not None)

    def _value(
        self, item: Input, visible: Mapping[str, Any], choices: tuple[str, ...] | None
    ) -> Any:
        value = self._given.get(item.id)
        if value is not None and value != "":
            return value
        if item.defaults is not None:
            try:
                return self._render(item.defaults, visible)
            except ExpressionError as error:
                raise WrongValueError(f"Cannot render 'defaults'. Cause: {error.message}") from None
        if isinstance(item, (SelectInput, MultiselectInput)) and item.auto_select_first and choices:
            return choices[0] if isinstance(item, SelectInput) else [choices[0]]
        return None

    def _typed(self, item: Input, value: Any, choices: tuple[str, ...] | None) -> Any:
        result = convert(item, value)
        check(item, result, choices)
        if isinstance(item, SecretInput):
            return _encrypted(result, self._encrypt)
        return result


def _shown(item: Input, value: Any) -> str:
    return "*" * 8 if isinstance(item, SecretInput) and value is not None else text_of(value)


def convert(item: Input, value: Any) -> Any:
    """Return a non-null value typed as ``item`` has it.

    Raises:
        WrongValueError: It does not fit.
    """
    if isinstance(item, (ArrayInput, MultiselectInput)):
        return typed_list(item.type, value, item.item_type)
    return typed(item.type, value)


def check(item: Input, value: Any, choices: tuple[str, ...] | None) -> None:
    """Check a typed value against the rules of its input.

    Raises:
        WrongValueError: With the first rule that is broken.
    """
    match item:
        case StringInput() | SecretInput():
            if item.validator is not None and not matches(item.validator, value):
                raise WrongValueError(f"it must match the pattern `{item.validator}`")
        case IntInput() | FloatInput():
            _check_bounds(value, item.min, item.max, "it must be more than", "it must be less than")
        case DurationInput():
            length = to_length(value)
            _check_bounds(
                length, item.min, item.max, "It must be more than", "It must be less than"
            )
        case DateInput():
            _check_bounds(to_date(value), item.after, item.before)
        case TimeInput():
            _check_bounds(to_time(value), item.after, item.before)
        case DateTimeInput():
            _check_bounds(to_moment(value), item.after, item.before)
        case EnumInput() | SelectInput() | MultiselectInput():
            _check_choices(item, value, choices)
        case FileInput():
            _check_extension(item, value)


def _check_bounds(
    value: Any,
    lowest: Any,
    highest: Any,
    low: str = "it must be after",
    high: str = "it must be before",
) -> None:
    if lowest is not None and value < lowest:
        raise WrongValueError(f"{low} `{_bound(lowest)}`")
    if highest is not None and value > highest:
        raise WrongValueError(f"{high} `{_bound(highest)}`")


def _bound(bound: Any) -> str:
    if isinstance(bound, timedelta):
        return format_duration(bound)
    if isinstance(bound, datetime):
        return instant_text(bound)
    if isinstance(bound, time):
        return bound.isoformat("minutes") if not bound.second else bound.isoformat()
    return bound.isoformat() if isinstance(bound, date) else str(bound)


def _check_choices(
    item: EnumInput | SelectInput | MultiselectInput, value: Any, choices: tuple[str, ...] | None
) -> None:
    if choices is None or (not isinstance(item, EnumInput) and item.allow_custom_value):
        return
    for element in value if isinstance(value, list) else [value]:
        if text_of(element) not in choices:
            raise WrongValueError(f"it must match the values `[{', '.join(choices)}]`")


def _check_extension(item: FileInput, uri: str) -> None:
    allowed = item.allowed_file_extensions
    if allowed and not uri.lower().endswith(tuple(extension.lower() for extension in allowed)):
        raise WrongValueError(f"it must have one of the extensions `[{', '.join(allowed)}]`")


def check_default(item: Input) -> None:
    """Check that the literal default of an input fits its type.

    Raises:
        InvalidInputError: It does not.
    """
    value = item.defaults
    try:
        if isinstance(value, (dict, list)) and item.type not in _STRUCTURED:
            raise WrongValueError(f"must be a single value of type `{item.type}`")
        if item.type in _BOOLEANS and text_of(value).lower() not in ("true", "false"):
            raise WrongValueError("must be true or false")
        if not any(is_template(text) for text in _texts(value)):
            convert(item, value)
    except WrongValueError as error:
        raise InvalidInputError(
            f"Invalid default for `{item.id}`, {error}, but received `{_shown(item, value)}`"
        ) from None


_STRUCTURED = frozenset({InputType.MULTISELECT, InputType.ARRAY, InputType.JSON, InputType.YAML})
_BOOLEANS = frozenset({InputType.BOOLEAN, InputType.BOOL})


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for child in value.values():
            yield from _texts(child)
    elif isinstance(value, (list, tuple)):
        for child in value:
            yield from _texts(child)


def type_outputs(
    flow: Flow, values: Mapping[str, Any], *, encrypt: Encrypt | None = None
) -> dict[str, Any]:
    """Return the rendered outputs of a flow, typed as they are declared.

    Args:
        encrypt: Encrypts SECRET outputs; without it they are refused.

    Raises:
        InvalidInputError: A value is null though required, or does not fit; lists them all.
    """
    outputs: dict[str, Any] = {}
    problems: list[str] = []
    for output in flow.outputs:
        value = values.get(output.id)
        try:
            outputs[output.id] = _typed_output(output, value, encrypt)
        except WrongValueError as error:
            problems.append(
                f"{output.id}: Invalid output for `{output.id}`, {error}, "
                f"but received `{_shown_output(output, value)}`"
            )
    if problems:
        raise InvalidInputError("\n".join(problems))
    return outputs


def _typed_output(output: FlowOutput, value: Any, encrypt: Encrypt | None) -> Any:
    if value is None:
        if output.required:
            raise WrongValueError("missing required output")
        return None
    kind = InputType(output.type)
    result = typed(kind, value)
    if kind is InputType.SECRET:
        return {"type": ENCRYPTED, "value": _encrypted(result, encrypt)}
    return result


def _shown_output(output: FlowOutput, value: Any) -> str:
    return "*" * 8 if output.type == InputType.SECRET and value is not None else text_of(value)


def _encrypted(clear: str, encrypt: Encrypt | None) -> str:
    if encrypt is None:
        raise WrongValueError(
            "Unable to use a `SECRET` input/output as encryption is not configured"
        )
    return encrypt(clear)


def _flattened(given: Mapping[str, Any], inputs: Mapping[str, Input]) -> dict[str, Any]:
    """Accept nested maps for ids with dots: ``{nested: {inner: 1}}`` for ``nested.inner``."""
    flat = dict(given)
    for input_id in inputs:
        if input_id in flat or "." not in input_id:
            continue
        value: Any = given
        for part in input_id.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
        if value is not None:
            flat[input_id] = value
    return flat


def _nested(values: Mapping[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    leaves: set[str] = set()
    for key, value in values.items():
        *parents, last = key.split(".")
        holder = result
        for depth, part in enumerate(parents, 1):
            if ".".join(parents[:depth]) in leaves:
                raise IllegalArgumentError(
                    f"Input `{key}` can't be below `{'.'.join(parents[:depth])}`, which is a value",
                    hint="rename one of them",
                )
            holder = holder.setdefault(part, {})
        if last in holder:
            raise IllegalArgumentError(
                f"Input `{key}` is a value and the beginning of another id",
                hint="rename one of them",
            )
        holder[last] = value
        leaves.add(key)
    return result
