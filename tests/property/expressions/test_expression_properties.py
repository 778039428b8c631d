from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from templates import CONTEXT, EXPRESSIONS, SOUPS, TEMPLATES
from unparse import shape, unparse

from tiercel.expressions import (
    ExpressionError,
    compile_template,
    inspect,
    render,
    render_typed,
    render_value,
)

KINDS = {"undefined", "syntax", "type", "value"}


def outcome(call: Any) -> str:
    """What a call gives: its text, or the kind of the one error it may raise."""
    try:
        return f"={call()}"
    except ExpressionError as error:
        caught = error
    assert caught.kind in KINDS
    assert caught.line
    assert caught.column
    assert str(caught)
    return caught.kind


@given(st.one_of(st.text(), SOUPS, TEMPLATES))
def test_no_template_raises_anything_but_expression_errors(template: str) -> None:
    for call in (render, render_typed, partial(render_typed, strict=True)):
        outcome(lambda call=call: call(template, CONTEXT))
    outcome(lambda: render_value({template: [template]}, CONTEXT))
    outcome(lambda: inspect(template))


@given(st.text())
def test_a_text_without_markup_is_its_own_rendering(text: str) -> None:
    plain = text.replace("{", "")
    assert render(plain, {}) == plain


@given(st.text(alphabet="ab {}%#-\n"))
def test_single_braces_are_literal(text: str) -> None:
    plain = text
    for mark in ("{{", "{%", "{#"):
        plain = plain.replace(mark, "")
    if not any(mark in plain for mark in ("{{", "{%", "{#")):
        assert render(plain, {}) == plain


@given(st.one_of(SOUPS, TEMPLATES))
def test_parsing_printing_and_parsing_again_is_stable(template: str) -> None:
    try:
        first = compile_template(template).root
    except ExpressionError:
        return
    printed = unparse(first)
    try:
        second = compile_template(printed).root
    except ExpressionError as error:
        kind = error.kind
    else:
        kind = None
    if kind is not None:
        assert kind == "value", f"deeper by its parentheses only: {printed}"
        return
    assert shape(second) == shape(first)
    assert unparse(second) == printed


@given(TEMPLATES)
def test_rendering_changes_nothing(template: str) -> None:
    before = repr(CONTEXT)
    outcome(lambda: render(template, CONTEXT))
    assert repr(CONTEXT) == before


class Witness(dict[str, Any]):
    """A map that fails the test when anything but its entries is read."""

    def __getattribute__(self, name: str) -> Any:
        if name.startswith("__") or name in {"items", "keys", "values", "get"}:
            return super().__getattribute__(name)
        raise AssertionError(name)


class Opaque:
    """An object that fails the test when an attribute of it is read."""

    def __getattribute__(self, name: str) -> Any:
        if name == "__class__":
            return Opaque
        raise AssertionError(name)


@given(
    EXPRESSIONS,
    st.text(),
    st.sampled_from(["{0}", "x.{1}", "x['{1}']", "x.{1}()", "o.{1}", "o['{1}']"]),
)
def test_no_attribute_of_python_is_ever_read(expression: str, name: str, form: str) -> None:
    context = {**CONTEXT, "x": Witness(k=1), "o": Opaque(), "n": Opaque()}
    outcome(lambda: render("{{ " + form.format(expression, name) + " }}", context))


@given(st.sampled_from(sorted(CONTEXT)), st.from_regex(r"\A_{1,2}[a-z_]+\Z"))
def test_names_with_underscores_are_undefined(variable: str, name: str) -> None:
    for form in (
        "{{{{ {0}.{1} }}}}",
        "{{{{ {0}['{1}'] }}}}",
        "{{{{ {0}.{1}() }}}}",
        "{{{{ {1} }}}}",
    ):
        with pytest.raises(ExpressionError) as caught:
            render(form.format(variable, name), CONTEXT)
        assert caught.value.kind == "undefined"


JSON = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**63), 2**63 - 1),
        st.text(),
        st.floats(allow_nan=False, allow_infinity=False),
    ),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)),
    max_leaves=10,
)


def without_null_entries(value: Any) -> Any:
    """A value as JSON texts keep it."""
    if isinstance(value, dict):
        return {
            key: without_null_entries(inner) for key, inner in value.items() if inner is not None
        }
    return [without_null_entries(inner) for inner in value] if isinstance(value, list) else value


@given(JSON)
def test_json_reads_back(value: Any) -> None:
    found = render_typed("{{ fromJson(x | toJson) }}", {"x": value})
    assert found == without_null_entries(value)


@given(JSON)
def test_ion_reads_back(value: Any) -> None:
    assert render_typed("{{ fromIon(x | toIon) }}", {"x": value}) == value


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_doubles_read_back(number: float) -> None:
    assert float(render("{{ x }}", {"x": number})) == number


@given(st.integers(-(2**63), 2**63 - 1), st.integers(-(2**63), 2**63 - 1))
def test_integers_wrap_in_64_bits(left: int, right: int) -> None:
    for operator, exact in (("+", left + right), ("-", left - right), ("*", left * right)):
        found = render_typed("{{ a " + operator + " b }}", {"a": left, "b": right})
        assert -(2**63) <= found < 2**63
        assert (found - exact) % 2**64 == 0


@given(
    st.integers(0, 253402300799 - 86400), st.sampled_from(["UTC", "Europe/Paris", "Asia/Kolkata"])
)
def test_dates_read_back(seconds: int, zone: str) -> None:
    context = {"x": seconds, "z": zone}
    assert render("{{ x | date(timeZone=z) | timestamp }}", context) == str(seconds)
