"""Nothing of Python is reachable, and no template takes more than its share."""

import time
from datetime import UTC, datetime

import pytest

from tiercel.expressions import ExpressionError, render

CONTEXT = {
    "text": "abc",
    "number": 5,
    "double": 2.5,
    "flag": True,
    "nothing": None,
    "items": [1, 2],
    "entries": {"k": "v"},
    "when": datetime(2024, 1, 1, tzinfo=UTC),
}
PYTHON_NAMES = [
    "__class__",
    "__dict__",
    "__init__",
    "__globals__",
    "__subclasses__",
    "__mro__",
    "mro",
    "format",
    "format_map",
    "append",
    "pop",
    "update",
    "items",
    "encode",
    "real",
    "year",
    "tzinfo",
    "bit_length",
    "as_integer_ratio",
]


@pytest.mark.parametrize("variable", CONTEXT)
@pytest.mark.parametrize("name", PYTHON_NAMES)
@pytest.mark.parametrize(
    "form", ["{{{{ {0}.{1} }}}}", "{{{{ {0}['{1}'] }}}}", "{{{{ {0}.{1}() }}}}"]
)
def test_attributes_of_python_do_not_exist(variable, name, form):
    with pytest.raises(ExpressionError) as caught:
        render(form.format(variable, name), CONTEXT)
    assert caught.value.kind == "undefined"


@pytest.mark.parametrize(
    "name", ["self", "env", "run", "range.x", "print", "open", "__builtins__", "loop"]
)
def test_names_of_the_engine_do_not_exist(name):
    with pytest.raises(ExpressionError) as caught:
        render(f"{{{{ {name} }}}}", CONTEXT)
    assert caught.value.kind == "undefined"


@pytest.mark.parametrize(
    "name", ["eval", "exec", "open", "getattr", "__import__", "globals", "type", "str"]
)
def test_functions_of_python_do_not_exist(name):
    with pytest.raises(ExpressionError) as caught:
        render(f"{{{{ {name}('x') }}}}", CONTEXT)
    assert caught.value.kind == "syntax"


def test_methods_of_objects_in_the_context_are_never_called():
    class Trap:
        """Any touch is a failure of the sandbox."""

        def __getattribute__(self, name: str) -> object:
            if name == "__class__":
                return Trap
            raise AssertionError(name)

        def __getitem__(self, key: object) -> object:
            raise AssertionError(key)

        def __call__(self) -> object:
            raise AssertionError("called")

    for template in (
        "{{ x.a }}",
        "{{ x['a'] }}",
        "{{ x.a() }}",
        "{{ x[0] }}",
        "{{ x() }}",
        "{{ x + 1 }}",
    ):
        with pytest.raises(ExpressionError):
            render(template, {"x": Trap()})


LIMITED = {
    "parentheses": "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
    "unary operators": "{{ " + "not " * 5000 + "true }}",
    "tags": "{% if true %}" * 3000 + "{% endif %}" * 3000,
    "operators in a row": "{{ 1" + " + 1" * 10_000 + " }}",
    "filters in a row": "{{ 'a'" + " | upper" * 5000 + " }}",
    "attributes in a row": "{{ a" + ".b" * 5000 + " }}",
    "interpolations": "{{ " + '"#{' * 2000 + "1" + '}"' * 2000 + " }}",
    "a range": "{{ 1..100000000 }}",
    "steps of loops": (
        "{% for a in 1..1000 %}{% for b in 1..1000 %}{% for c in 1..9 %}{% endfor %}"
        "{% endfor %}{% endfor %}"
    ),
    "a long body": "{% for i in 1..1000000 %}" + "{{ i }}" * 500 + "{% endfor %}",
    "doubling texts": (
        "{% set x = 'aaaaaaaaaa' %}{% for i in 1..100 %}{% set x = x ~ x %}{% endfor %}{{ x }}"
    ),
    "doubling comparisons": (
        "{% set x = [1] %}{% set y = [1] %}{% for i in 1..90 %}{% set x = [x, x] %}"
        "{% set y = [y, y] %}{% endfor %}{{ x == y }}"
    ),
    "doubling replacements": (
        "{% set x = 'aaaaaaaaaa' %}{% for i in 1..20 %}"
        "{% set x = x | replace({'a': x}) %}{% endfor %}"
    ),
    "deep values": "{% set x = [1] %}{% for i in 1..50000 %}{% set x = [x] %}{% endfor %}{{ x }}",
    "growing lists": ("{% set x = [1] %}{% for i in 1..900000 %}{% set x = x + [i] %}{% endfor %}"),
    "growing texts": (
        "{% set x = '' %}{% for i in 1..900000 %}{% set x = x ~ 'aaaaaaaaaaaaaaaaa' %}{% endfor %}"
    ),
    "macros": "{% macro a() %}{{ a() }}{% endmacro %}{{ a() }}",
    "blocks": "{% block a %}{{ block('a') }}{% endblock %}",
    "renders": "{{ render(again) }}",
    "indents": "{{ 'a' | indent(1000000000) }}",
    "repetitions of a pattern": "{{ 'a' | split('((((a{1000}){1000}){1000}){1000})') }}",
    "big integers": (
        "{% set x = '99999999999999999999' | number %}{% for i in 1..99 %}"
        "{% set x = x * x %}{% endfor %}"
    ),
    "decimals": "{{ '1e999999999' | number('BIGDECIMAL') }}",
    "big texts again and again": "{% for i in 1..100000 %}{% set q = big | upper %}{% endfor %}",
    "numbers of JSON": "{{ fromJson(digits) }}",
    "depth of JSON": "{{ fromJson(opened) }}",
    "depth of Ion": "{{ fromIon(opened) }}",
    "memory of jq": "{{ 'x' | json | jq('. * 1000000000') }}",
}


@pytest.mark.parametrize("name", LIMITED)
def test_a_limit_is_a_clear_error(name):
    context = {
        "again": "{{ render(again) }}",
        "a": {"b": 1},
        "big": "x" * 5_000_000,
        "digits": "9" * 100_000,
        "opened": "[" * 100_000,
    }
    with pytest.raises(ExpressionError) as caught:
        render(LIMITED[name], context)
    assert caught.value.kind == "value"
    assert render("{{ 1 + 1 }}", {}) == "2"


def test_a_slow_pattern_ends(monkeypatch):
    monkeypatch.setattr("tiercel.expressions.environment.PATTERN_SECONDS", 0.05)
    with pytest.raises(ExpressionError, match="seconds for the regular expression"):
        render("{{ x | regexMatch('(x+x+)+(x+x+)+y') }}", {"x": "x" * 5000})


def test_an_endless_jq_program_ends(monkeypatch):
    monkeypatch.setattr("tiercel.expressions.environment.PATTERN_SECONDS", 0.1)
    with pytest.raises(ExpressionError, match="seconds for the jq program"):
        render("{{ 1 | jq('def f: f; f') }}", {})


def test_known_bad_patterns_do_not_hang():
    started = time.process_time()
    render("{{ x | regexMatch('(a+)+$') }}", {"x": "a" * 40 + "b"})
    assert time.process_time() - started < 20


def test_jq_sees_no_environment_and_no_files(monkeypatch):
    monkeypatch.setenv("TIERCEL_PLANTED", "planted-value")
    for program in ("env", "$ENV", "env.TIERCEL_PLANTED"):
        assert "planted-value" not in render("{{ 1 | jq(p) }}", {"p": program})
    for program in ('import "a" as $a; .', 'include "a"; .', '"a" | modulemeta', "input_filename"):
        with pytest.raises(ExpressionError, match="not available"):
            render("{{ 1 | jq(p) }}", {"p": program})


def test_a_field_named_like_a_module_word_is_read():
    assert render(
        "{{ m | jq('.import, (.include | test(\"b\"))') }}", {"m": {"import": 1, "include": "b"}}
    ) == ("[1,true]")


def test_a_template_is_shared_between_threads():
    from concurrent.futures import ThreadPoolExecutor

    template = "{% set n = 0 %}{% for i in 1..50 %}{% set n = n + x %}{% endfor %}{{ n }}"
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda x: render(template, {"x": x}), range(40)))
    assert found == [str(50 * x) for x in range(40)]
