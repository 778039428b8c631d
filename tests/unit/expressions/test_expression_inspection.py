import pytest

from tiercel.expressions import ExpressionError, Reference, Use, inspect


def paths(template: str) -> list[tuple[str | int, ...]]:
    return [reference.path for reference in inspect(template).variables]


@pytest.mark.parametrize(
    ("template", "found"),
    [
        ("plain", []),
        ("{{ a }}{{ b.c['d'].e }}", [("a",), ("b", "c", "d", "e")]),
        ("{{ xs[0].id }}", [("xs", 0, "id")]),
        ("{{ outputs.x[taskrun.value].y }}", [("outputs", "x"), ("taskrun", "value")]),
        (
            "{% for x in xs %}{{ x.a }}{{ loop.index }}{{ y }}{% endfor %}{{ x }}",
            [("xs",), ("y",), ("x",)],
        ),
        ("{% set q = a %}{{ q }}", [("a",)]),
        ("{% macro m(p) %}{{ p }}{{ z }}{% endmacro %}{{ m(a) }}", [("a",)]),
        (
            "{% if a %}{{ b }}{% elseif c %}{% else %}{{ d }}{% endif %}",
            [("a",), ("b",), ("c",), ("d",)],
        ),
        ('{{ "x#{a}y" }}{{ [b] }}{{ {c: d} }}{{ -e }}{{ f ? g : h }}', [(c,) for c in "abcdefgh"]),
        ("{{ a.size() }}{{ b + c ~ d }}", [("a",), ("b",), ("c",), ("d",)]),
        ("{% filter replace({a: b}) %}{{ c }}{% endfilter %}", [("a",), ("b",), ("c",)]),
        ("{% block b %}{{ a }}{% endblock %}", [("a",)]),
    ],
)
def test_variables(template, found):
    assert paths(template) == found


def test_places_are_those_of_the_names():
    assert inspect("a\n {{ b.c }}").variables == (Reference(("b", "c"), 2, 5),)


def test_computed_keys_end_a_path():
    first, second = inspect("{{ outputs.x[k].y }}").variables
    assert (first.path, first.is_whole) == (("outputs", "x"), False)
    assert second.is_whole


@pytest.mark.parametrize(
    "template",
    ["{{ a.b ?? 'x' }}", "{{ a | default(1) }}", "{{ a is defined }}", "{{ (a | upper) ??? 1 }}"],
)
def test_rescued_names_are_guarded(template):
    assert inspect(template).variables[0].is_guarded


def test_names_on_the_right_of_a_rescue_are_not_guarded():
    assert [found.is_guarded for found in inspect("{{ a ?? b }}").variables] == [True, False]


def test_functions_filters_tests_and_macros():
    found = inspect("{% macro m() %}{% endmacro %}{{ m() }}{{ secret('K', x) | upper is empty }}")
    assert found.functions == (Use("secret", 1, 42),)
    assert [use.name for use in found.filters] == ["upper"]
    assert [use.name for use in found.tests] == ["empty"]
    assert found.macros == ("m",)


def test_outputs_and_inputs():
    found = inspect("{{ outputs.load.uri }} {{ inputs.day }} {{ vars.x }}")
    assert [reference.path for reference in found.outputs] == [("outputs", "load", "uri")]
    assert [reference.path for reference in found.inputs] == [("inputs", "day")]
    assert found.outputs[0].name == "outputs"


def test_what_can_not_be_parsed_is_an_error():
    with pytest.raises(ExpressionError):
        inspect("{{ a")
