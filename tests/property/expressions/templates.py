"""Random templates: soups of tokens, and templates that follow the grammar."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from tiercel.expressions.library import FILTERS, FUNCTIONS, TESTS

CONTEXT: dict[str, object] = {
    "s": "Hello, World",
    "n": 7,
    "neg": -3,
    "zero": 0,
    "big": 2**63 - 1,
    "f": 2.5,
    "nan": float("nan"),
    "t": True,
    "nil": None,
    "l": [3, 1, 2],
    "mix": [1, "a", None, True, 2.5, [1], {"k": 1}],
    "m": {"k": "v", "n": 1, "l": [1, 2], "o": {"p": None}},
    "d": date(2024, 1, 31),
    "dt": datetime(2024, 3, 5, 14, 7, 9, 123456, tzinfo=UTC),
    "td": timedelta(minutes=5),
    "dec": Decimal("1.10"),
    "set": {1, 2},
    "iso": "2024-02-29T23:59:59.5+02:00",
    "js": '{"k": [1, 2]}',
    "tpl": "{{ s }}-{{ n }}",
    "uni": "Ünï–ß€😀",
    "flow": {"namespace": "a.b", "id": "x"},
    "taskrun": {"value": "k"},
}
TOKENS = [
    *"{}%#|()[]'\"\\.,:?-+*/ \n=~<>!@&",
    *("{{", "}}", "{%", "%}", "{#", "#}", "#{", "{{-", "-}}", "??", "???", "..", "==", "is not"),
    *("if", "else", "endif", "for", "in", "endfor", "set", "macro", "endmacro", "raw", "endraw"),
    *("verbatim", "endverbatim", "block", "endblock", "filter", "endfilter", "and", "not", "is"),
    *(
        "x",
        "n",
        "s",
        "l",
        "m",
        "k",
        "0",
        "1",
        "2.5",
        "'a'",
        '"b"',
        "__class__",
        "é",
        "\x00",
        "\u2028",
    ),
]
_OPERATORS = [
    *("+", "-", "*", "/", "%", "~", "..", "??", "???", "==", "!=", "<", ">", "<=", ">="),
    *("and", "or", "contains", "equals", "isIn"),
]
_TEXTS = [
    *(
        "'yyyy-MM-dd'",
        "'iso'",
        "'[0-9]+'",
        "'('",
        "'UTC'",
        "'Europe/Paris'",
        "','",
        "'DAYS'",
        "'INT'",
    ),
    *("'#,##0.0'", "'.a'", "'single'", "''", "'x'", "'name'", "'__class__'", "'\\d'", '"a\\"b"'),
]
_ATTRIBUTES = ["k", "n", "l", "o", "length", "first", "key", "index", "year", "__class__", "format"]
_METHODS = [
    "size()",
    "keySet()",
    "get(s)",
    "split(s)",
    "matches(s)",
    "toUpperCase()",
    "mro()",
    "items()",
]

_NAMES = st.sampled_from([*CONTEXT, "nope", "x"])
_FUNCTIONS = sorted(set(FUNCTIONS) - {"http"})
_ATOMS = st.one_of(
    _NAMES,
    st.sampled_from(_TEXTS),
    st.integers(0, 2**63 - 1).map(str),
    st.sampled_from(["1.5", "0.0", "true", "null", "0", "1", "3"]),
    st.sampled_from(['"#{n}"', '"a#{ l[0] }b"', "[]", "{}"]),
)


def _arguments(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    named = st.builds(
        "{}={}".format, st.sampled_from(["timeZone", "format", "regexp", "separator"]), inner
    )
    return st.lists(st.one_of(inner, inner, named), max_size=3).map(
        lambda found: f"({', '.join(found)})"
    )


def _compound(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds("{} {} {}".format, inner, st.sampled_from(_OPERATORS), inner),
        st.builds("({})".format, inner),
        st.builds("{} | {}".format, inner, st.sampled_from(sorted(FILTERS))),
        st.builds("{} | {}{}".format, inner, st.sampled_from(sorted(FILTERS)), _arguments(inner)),
        st.builds("{}{}".format, st.sampled_from(_FUNCTIONS), _arguments(inner)),
        st.builds("({}).{}".format, inner, st.sampled_from(_ATTRIBUTES + _METHODS)),
        st.builds("({})[{}]".format, inner, inner),
        st.builds("[{}, {}]".format, inner, inner),
        st.builds("{{{}: {}}}".format, inner, inner),
        st.builds("{} is {}".format, inner, st.sampled_from([*TESTS, "defined", "not null"])),
        st.builds("{} ? {} : {}".format, inner, inner, inner),
        st.builds("{} {}".format, st.sampled_from(["not", "-", "+"]), inner),
    )


EXPRESSIONS = st.recursive(_ATOMS, _compound, max_leaves=8)
_PRINTS = EXPRESSIONS.map("{{{{ {} }}}}".format)
_LITERALS = st.sampled_from(["text ", "{", "}}", "\n", "{# c #}", " {{- n -}} ", "é"])


def _tags(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds("{}{}".format, inner, inner),
        st.builds("{{% if {} %}}{}{{% else %}}{}{{% endif %}}".format, EXPRESSIONS, inner, inner),
        st.builds("{{% for x in {} %}}{}{{{{ x }}}}{{% endfor %}}".format, EXPRESSIONS, inner),
        st.builds("{{% set {} = {} %}}".format, st.sampled_from(["q", "s", "n"]), EXPRESSIONS),
        st.builds("{{% macro mm(a, b=1) %}}{}{{% endmacro %}}{{{{ mm(s) }}}}".format, inner),
        st.builds("{{% block bb %}}{}{{% endblock %}}{{{{ block('bb') }}}}".format, inner),
        st.builds(
            "{{% filter {} %}}{}{{% endfilter %}}".format, st.sampled_from(sorted(FILTERS)), inner
        ),
        st.builds("{{% verbatim %}}x{}{{% endverbatim %}}".format, _LITERALS),
    )


TEMPLATES = st.recursive(st.one_of(_LITERALS, _PRINTS), _tags, max_leaves=4)
SOUPS = st.lists(st.sampled_from(TOKENS), max_size=40).map("".join)
