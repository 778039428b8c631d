import pytest

from tiercel.expressions import (
    ExpressionError,
    check_syntax,
    compile_template,
    render,
    render_value,
)
from tiercel.model.errors import TiercelError


def failure(template: str, context: dict | None = None) -> ExpressionError:
    with pytest.raises(ExpressionError) as caught:
        render(template, context or {})
    return caught.value


@pytest.mark.parametrize(
    ("template", "kind", "name", "place"),
    [
        ("{{ nope }}", "undefined", "nope", (1, 4)),
        ("a\n b {{ nope }}", "undefined", "nope", (2, 7)),
        ("{{ m.port }}", "undefined", "port", (1, 6)),
        ("{{ m['port'] }}", "undefined", "port", (1, 5)),
        ("{{ m.host.x.y }}", "undefined", "x", (1, 11)),
        ("{{ nil.x }}", "undefined", "nil", (1, 8)),
        ("{{ xs[9] }}", "undefined", "9", (1, 6)),
        ("{{ 1 | shout }}", "syntax", "shout", (1, 8)),
        ("{{ shout() }}", "syntax", "shout", (1, 4)),
        ("{{ 1 is loud }}", "syntax", "loud", (1, 9)),
        ("{{ 1 + true }}", "type", "+", (1, 6)),
        ("x{% for a in 5 %}{% endfor %}", "type", None, (1, 2)),
        ("{{ 5 / 0 }}", "value", None, (1, 6)),
        ("{{ 'x' | date }}", "value", None, (1, 10)),
        ("{{ 'a' | join }}", "type", None, (1, 10)),
        ("{% if true %}", "syntax", None, (1, 1)),
        ("{{ (1 }}", "syntax", None, (1, 7)),
        ("{{ 'x }}", "syntax", None, (1, 4)),
        ("{{ & }}", "syntax", None, (1, 4)),
    ],
)
def test_an_error_says_kind_name_and_place(template, kind, name, place):
    error = failure(template, {"m": {"host": {}}, "nil": None, "xs": [1]})
    assert (error.kind, error.name, (error.line, error.column)) == (kind, name, place)


def test_errors_are_errors_of_the_house():
    error = failure("{{ nope }}")
    assert isinstance(error, TiercelError)
    assert (error.code, error.http_status) == ("expression", 422)


def test_a_missing_name_is_told_in_the_words_people_search_for():
    assert str(failure("{{ outputs.loda.uri }}", {"outputs": {"load": 1}})) == (
        "Unable to find `loda` used in the expression `{{ outputs.loda.uri }}` at line 1, column 12"
    )


def test_near_names_become_a_hint():
    error = failure("{{ outputs.loda.uri }}", {"outputs": {"load": 1, "other": 2}})
    assert error.near == ["load"]
    assert error.hint == "Did you mean `load`?"


def test_without_near_names_the_keys_that_exist_are_listed():
    error = failure("{{ m.zzz }}", {"m": {"host": 1, "port": 2}})
    assert error.hint == "These exist: `host`, `port`"


def test_near_names_cover_filters_functions_and_arguments():
    assert failure("{{ 1 | uper }}").near[0] == "upper"
    assert failure("{{ fromJsn('1') }}").near[0] == "fromJson"
    assert failure("{{ 'a' | date(formt='x') }}").near == ["format"]


def test_a_long_template_is_shortened_around_the_place():
    message = str(failure("x" * 500 + "{{ nope }}" + "y" * 500))
    assert "{{ nope }}" in message
    assert len(message) < 400


def test_an_error_inside_render_shows_both_templates():
    message = str(failure("{{ render(inner) }}", {"inner": "<{{ nope }}>"}))
    assert "`<{{ nope }}>`" in message
    assert "rendered by `{{ render(inner) }}`" in message


def test_a_value_in_a_structure_knows_its_path():
    with pytest.raises(ExpressionError) as caught:
        render_value({"files": [{"name": "{{ nope }}"}]}, {})
    assert caught.value.property_path == "files[0].name"
    assert "property `files[0].name`" in str(caught.value)


def test_the_place_in_the_flow_is_added_by_the_caller():
    error = failure("{{ nope }}").at("tasks[0].message", 12, 5)
    assert error.property_path == "tasks[0].message"
    assert (error.source_line, error.source_column) == (12, 5)
    assert "line 12, column 5 of the flow" in str(error)


def test_an_unclosed_tag_is_reported_where_it_opens():
    error = failure("line\n{% if true %}x{% for a in b %}")
    assert (error.line, error.column) == (2, 15)
    assert "endfor" in error.problem


@pytest.mark.parametrize(
    ("template", "hint"),
    [
        ("{{ x.or }}", "['or']"),
        ("{% elif x %}", "elseif"),
        ("{% raw %}\n{% endraw %}", "one line"),
        ("{{ m[1] }}", "['1']"),
    ],
)
def test_common_mistakes_get_a_hint(template, hint):
    assert hint in failure(template, {"m": {"1": 2}}).hint


def test_checking_the_syntax_does_not_run():
    check_syntax("{{ nope.x | upper }} {% for a in b %}{% endfor %}")
    check_syntax("{{ 1 | noSuchFilter }}")
    with pytest.raises(ExpressionError, match="Unclosed"):
        check_syntax("{{ a")


def test_the_same_template_fails_the_same_way_twice():
    template = compile_template("{{ 'a' | join('x', 'y') }}")
    messages = []
    for _ in range(2):
        with pytest.raises(ExpressionError) as caught:
            render(template.source, {})
        messages.append(str(caught.value))
    assert messages[0] == messages[1]


def test_values_appear_shortened_in_messages():
    assert len(str(failure("{{ x | date }}", {"x": "9" * 100_000}))) < 400
    assert len(str(failure("{{ fromJson(x) }}", {"x": "x" * 100_000}))) < 400
