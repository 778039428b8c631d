import pytest

from tiercel.expressions import (
    ExpressionError,
    LocalServices,
    compile_template,
    is_template,
    is_truthy,
    render,
    render_typed,
    render_value,
)


def test_a_text_without_brace_is_the_same_object():
    text = "no markup } here"
    assert render(text, {}) is text


def test_structures_are_rendered_keys_included():
    value = {"{{ a }}": ["{{ a }}", 1, None, {"k": "{{ b }}"}], "n": 2.5}
    assert render_value(value, {"a": "x", "b": [1]}) == {
        "x": ["x", 1, None, {"k": "[1]"}],
        "n": 2.5,
    }


def test_the_first_of_two_equal_keys_stays():
    assert render_value({"{{ a }}": 1, "x": 2}, {"a": "x"}) == {"x": 1}


def test_sets_stay_sets():
    assert render_value({"{{ a }}", "y"}, {"a": "x"}) == {"x", "y"}


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ("{{ xs }}", [1, 2]),
        ("{{ n }}", 5),
        ("{{ nil }}", None),
        ("{{ 'a' }}", "a"),
        ("plain", "plain"),
        ("n={{ n }}", "n=5"),
        ("{{ n }}{{ n }}", "55"),
        ("{% set q = n + 1 %}{{ q }}", 6),
        ("{% if true %}{{ xs }}{% endif %}", [1, 2]),
        ("{% macro m() %}x{{ n }}{% endmacro %}{{ n }}", 5),
    ],
)
def test_a_lone_print_keeps_its_type(template, value):
    found = render_typed(template, {"xs": [1, 2], "n": 5, "nil": None})
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize("template", ["n={{ n }}", "{{ n }}!", "{{ n }}{{ n }}", "{{ s }}{{ s }}"])
def test_strict_typing_refuses_text_around_a_print(template):
    with pytest.raises(ExpressionError) as caught:
        render_typed(template, {"n": 5, "s": "x"}, strict=True)
    assert caught.value.kind == "type"


@pytest.mark.parametrize(
    ("template", "value"), [("{{ n }}", 5), ("{{ s }}!", "x!"), ("abc{", "abc{")]
)
def test_strict_typing_takes_one_print_and_text_after_a_text(template, value):
    assert render_typed(template, {"n": 5, "s": "x"}, strict=True) == value


@pytest.mark.parametrize("text", ["", "false", "0", "-0", None])
def test_few_texts_are_false(text):
    assert not is_truthy(text)


@pytest.mark.parametrize("text", ["true", "False", "0.0", "[]", "null", " ", "no"])
def test_all_other_texts_are_true(text):
    assert is_truthy(text)


def test_templates_are_told_from_other_values():
    assert is_template("a {{ b }}")
    assert is_template("{% if a %}{% endif %}")
    assert is_template("{# c #}")
    assert not is_template("a { b }")
    assert not is_template(5)
    assert not is_template(["{{ a }}"])


def test_templates_are_compiled_once():
    assert compile_template("{{ cached }}") is compile_template("{{ cached }}")


def test_output_is_not_rendered_again():
    assert render("{{ a }}", {"a": "{{ b }}"}) == "{{ b }}"


class Recursive(LocalServices):
    """Services of a server that renders until nothing changes."""

    is_recursive = True


def test_recursive_servers_render_until_stable():
    context = {"a": "{{ b }}", "b": "{{ c }}", "c": "end"}
    assert render("{{ a }}", context, Recursive()) == "end"
    assert render_typed("{{ a }}", context, Recursive()) == "end"
    with pytest.raises(ExpressionError, match="Too many rendering attempts"):
        render("{{ a }}", {"a": "{{ b }}", "b": "{{ a }}"}, Recursive())


def test_recursive_servers_have_no_render_function():
    with pytest.raises(ExpressionError) as caught:
        render("{{ render('x') }}", {}, Recursive())
    assert caught.value.kind == "syntax"


def test_raw_spans_survive_rendering_and_lose_their_tags():
    assert render("{% raw %}{{ a }}{% endraw %}{{ b }}", {"b": 1}) == "{{ a }}1"
    assert render("{{ a }}", {"a": "{% raw %}x{% endraw %}"}) == "x"
    context = {"t": "{% raw %}{{ a }}{% endraw %}", "a": 1}
    assert render("{{ render(t) }}", context) == "{{ a }}"


def test_scopes_of_loops():
    template = (
        "{% set n = 0 %}{% for x in [1, 2] %}{% set n = n + x %}{% set inner = x %}"
        "{{ inner }}{% endfor %}{{ n }}{{ inner ?? '-' }}{{ x ?? '-' }}{{ loop ?? '-' }}"
    )
    assert render(template, {}) == "123---"


def test_inner_loops_hide_outer_ones():
    template = (
        "{% for x in ['a', 'b'] %}{% for x in [1] %}{{ x }}{{ loop.length }}{% endfor %}"
        "{{ x }}{{ loop.index }}{{ loop.revindex }}{% endfor %}"
    )
    assert render(template, {}) == "11a0111b10"


def test_a_loop_that_is_kept_stays_as_it_was():
    template = (
        "{% for x in [7, 8] %}{% set kept = (kept ?? []) + [loop] %}"
        "{% if loop.last %}{{ kept[0].index }}{{ kept[1].index }}{% endif %}{% endfor %}"
    )
    assert render(template, {}) == "01"


def test_loops_tell_their_ends():
    template = "{% for x in xs %}{{ loop.first }}{{ loop.last }}{{ loop.length }} {% endfor %}"
    assert render(template, {"xs": [1]}) == "truetrue1 "
    assert render(template, {"xs": [1, 2, 3]}) == "truefalse3 falsefalse3 falsetrue3 "
    assert render("{% for x in xs %}{% endfor %}.", {"xs": list(range(1000))}) == "."


def test_what_a_loop_calls_sees_the_loop():
    template = "{% block b %}{{ loop.index ?? '-' }}{% endblock %}"
    template += "{% for x in [1, 2] %}{{ block('b') }}{{ render('{{ loop.index }}') }}{% endfor %}"
    assert render(template, {}) == "-0011"


def test_macros_see_their_parameters_only():
    template = (
        "{% macro m(a, b='q') %}{{ a }}{{ b }}{{ c ?? '-' }}{% endmacro %}{{ m(1) }}{{ m(b=2) }}"
    )
    assert render(template, {"c": 3}) == "1q-2-"


def test_blocks_print_again():
    assert (
        render("{% block b %}x{{ 1 }}{% endblock %}{{ block('b') }}{{ block('z') }}", {}) == "x1x1"
    )
