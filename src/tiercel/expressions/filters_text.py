"""Filters on texts."""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any, Final

from tiercel.expressions.attributes import java_trim
from tiercel.expressions.environment import Environment
from tiercel.expressions.errors import ExpressionError
from tiercel.expressions.limits import NESTING, check_text_size, exceeded
from tiercel.expressions.patterns import first_match, java_replace, java_split, matches_fully
from tiercel.expressions.predicates import is_empty
from tiercel.expressions.signatures import (
    MISSING,
    Filter,
    integer_argument,
    optional_text,
    text_argument,
    text_input,
    wrong_argument,
    wrong_input,
)
from tiercel.expressions.values import as_list, is_list, java_text, utf16_length

_LINE_BREAK = re.compile("\r\n|\n\r|\n|\r")
_ESCAPED_QUOTES: Final = {"single": ("'", "\\'"), "double": ('"', '\\"'), "shell": ("'", "'\\''")}


def _on_any(change: Callable[[str], object]) -> Filter:
    """A filter on the text of any value."""
    return Filter(lambda run, value: change(java_text(value)))


def _on_text(name: str, change: Callable[[str], object]) -> Filter:
    """A filter on texts only."""
    return Filter(lambda run, value: change(text_input(name, value)))


def _title_case(character: str) -> str:
    """One character in title case; those that would become two stay."""
    changed = character.title()
    return changed if len(changed) == 1 else character


def _capitalized(text: str) -> str:
    for index, character in enumerate(text):
        if not character.isspace():
            return text[:index] + _title_case(character) + text[index + 1 :]
    return text


def _titled(text: str) -> str:
    pieces: list[str] = []
    starts_word = True
    for character in text:
        pieces.append(_title_case(character) if starts_word else character)
        starts_word = character.isspace()
    return "".join(pieces)


def _abbreviate(run: Environment, value: object, length: object) -> str:
    text = text_input("abbreviate", value)
    limit = integer_argument("filter `abbreviate`", "length", length)
    if limit < 0:
        raise ExpressionError(
            "value", f"`length` of filter `abbreviate` must not be negative: {limit}"
        )
    size = utf16_length(text)
    if size < limit or size <= 3:
        return text
    return _cut(text, limit) if limit <= 3 else _cut(text, limit - 3) + "..."


def _cut(text: str, units: int) -> str:
    """The first UTF-16 code units of a text; half a pair is left out."""
    if text.isascii():
        return text[:units]
    return text.encode("utf-16-le", "surrogatepass")[: 2 * units].decode("utf-16-le", "ignore")


def _each_text(
    run: Environment, value: object, change: Callable[[str], str], depth: int = 0
) -> object:
    """A value with every scalar in it turned into a changed text."""
    run.meter.visit(1)
    if depth > NESTING:
        raise exceeded("levels of nesting", NESTING)
    if value is None:
        return None
    if isinstance(value, Mapping):
        return {
            _each_text(run, key, change, depth + 1): _each_text(run, inner, change, depth + 1)
            for key, inner in value.items()
        }
    if is_list(value):
        return [_each_text(run, inner, change, depth + 1) for inner in as_list(value)]
    return change(java_text(value))


def _replace(run: Environment, value: object, pairs: object, regexp: object) -> object:
    if not isinstance(pairs, Mapping):
        raise wrong_argument("filter `replace`", "replace_pairs", "a map", pairs)
    if regexp is MISSING or regexp is None:
        regexp = False
    if not isinstance(regexp, bool):
        raise wrong_argument("filter `replace`", "regexp", "a boolean", regexp)
    texts = [(java_text(old), java_text(new)) for old, new in pairs.items()]

    def change(text: str) -> str:
        for old, new in texts:
            text = java_replace(run.meter, old, text, new) if regexp else replaced(text, old, new)
        run.handle(len(text))
        return text

    return _each_text(run, value, change)


def replaced(text: str, old: str, new: str) -> str:
    """A text with each occurrence replaced. Raises before it gets too long."""
    check_text_size(len(text) + text.count(old) * max(0, len(new) - len(old)))
    return text.replace(old, new)


def _split(run: Environment, value: object, delimiter: object, limit: object) -> list[str]:
    text = text_input("split", value)
    pattern = text_argument("filter `split`", "delimiter", delimiter)
    if limit is MISSING or limit is None:
        return java_split(run.meter, pattern, text, 0)
    return java_split(run.meter, pattern, text, integer_argument("filter `split`", "limit", limit))


def _default(run: Environment, value: object, other: object) -> object:
    if is_empty(value):
        return None if other is MISSING else other
    return value


def _url_encoded(text: str) -> str:
    from urllib.parse import quote_plus

    return quote_plus(text.encode("utf-8", "replace"), safe="*").replace("~", "%7E")


def _url_decoded(text: str) -> str:
    pieces = bytearray()
    position = 0
    while position < len(text):
        character = text[position]
        if character == "%":
            digits = text[position + 1 : position + 3]
            try:
                pieces += (
                    bytes.fromhex(digits) if len(digits) == 2 and digits.isalnum() else b"%%"[2:]
                )
            except ValueError:
                digits = ""
            if len(digits) != 2 or not digits.isalnum():
                shown = text[position : position + 3]
                raise ExpressionError("value", f"Malformed `{shown}` in an encoded text")
            position += 3
        else:
            pieces += b" " if character == "+" else character.encode("utf-8", "replace")
            position += 1
    return pieces.decode("utf-8", "replace")


def _base64_decoded(text: str) -> str:
    try:
        padded = text if len(text) % 4 == 0 or text.endswith("=") else text + "=" * (-len(text) % 4)
        return base64.b64decode(padded, validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError) as error:
        raise ExpressionError("value", f"`{text[:50]}` is not Base64") from error


def _digest(name: str) -> Filter:
    def digest(text: str) -> str:
        import hashlib

        return hashlib.new(name, text.encode("utf-8", "replace"), usedforsecurity=False).hexdigest()

    return _on_text(name, digest)


def _edge(name: str, holds: Callable[[str, str], bool]) -> Filter:
    """``startsWith`` or ``endsWith``."""

    def test(run: Environment, value: object, wanted: object) -> bool:
        if value is None:
            raise wrong_input(name, "a value", value)
        if wanted is None:
            raise wrong_argument(f"filter `{name}`", "value", "a text", wanted)
        return holds(java_text(value), java_text(wanted))

    return Filter(test, ("value",), required=1, takes_null=True)


def _substring(name: str, pick: Callable[[str, str], str]) -> Filter:
    def cut(run: Environment, value: object, separator: object) -> str:
        if separator is None:
            raise wrong_argument(f"filter `{name}`", "separator", "a text", separator)
        return pick(java_text(value), java_text(separator))

    return Filter(cut, ("separator",), required=1)


def _before(text: str, separator: str) -> str:
    return text.partition(separator)[0] if separator else ""


def _before_last(text: str, separator: str) -> str:
    at = text.rfind(separator) if separator else -1
    return text if at < 0 else text[:at]


def _after(text: str, separator: str) -> str:
    return text.partition(separator)[2] if separator else text


def _after_last(text: str, separator: str) -> str:
    return text.rpartition(separator)[2] if separator and separator in text else ""


def slug(text: str) -> str:
    """A text in lower case with only ASCII letters, digits and single dashes between them."""
    plain = unicodedata.normalize("NFD", re.sub(r"\s", "-", text))
    plain = re.sub(r"[^a-zA-Z0-9_-]", "", plain).replace("_", "-")
    plain = re.sub(r"-+", "-", plain)
    return plain.removeprefix("-").removesuffix("-").lower()


def _escape_char(run: Environment, value: object, kind: object) -> object:
    name = text_argument("filter `escapeChar`", "type", kind)
    pair = _ESCAPED_QUOTES.get(name.lower())
    if pair is None:
        known = ", ".join(f"`{word}`" for word in _ESCAPED_QUOTES)
        raise ExpressionError(
            "value", f"`type` of filter `escapeChar` is one of {known}: `{name[:50]}`"
        )
    return _each_text(run, value, lambda text: replaced(text, *pair))


def _indenting(name: str, is_new_line: bool) -> Filter:
    def indent(run: Environment, value: object, amount: object, prefix: object) -> str:
        count = integer_argument(f"filter `{name}`", "amount", amount)
        unit = optional_text(f"filter `{name}`", "prefix", prefix)
        if count < 0:
            raise ExpressionError(
                "value", f"`amount` of filter `{name}` must not be negative: {count}"
            )
        text = java_text(value)
        if not text:
            return ""
        first = _LINE_BREAK.search(text)
        line_break = first.group() if first is not None else "\n"
        unit = " " if unit is None else unit
        check_text_size(count * len(unit))
        check_text_size(len(text) + (text.count(line_break) + 1) * count * len(unit))
        lead = unit * count
        indented = text.replace(line_break, line_break + lead)
        return line_break + lead + indented if is_new_line else indented

    return Filter(indent, ("amount", "prefix"), required=1)


def _string(run: Environment, value: object) -> str:
    return java_text(value)


def _regex_match(run: Environment, value: object, pattern: object) -> bool:
    expression = text_argument("filter `regexMatch`", "regex", pattern)
    return matches_fully(run.meter, expression, java_text(value))


def _regex_replace(run: Environment, value: object, pattern: object, new: object) -> str:
    expression = text_argument("filter `regexReplace`", "regex", pattern)
    return java_replace(
        run.meter,
        expression,
        java_text(value),
        text_argument("filter `regexReplace`", "replacement", new),
    )


def _regex_extract(run: Environment, value: object, pattern: object, group: object) -> Any:
    expression = text_argument("filter `regexExtract`", "regex", pattern)
    match = first_match(run.meter, expression, java_text(value))
    if match is None:
        return None
    wanted = 0 if group is MISSING or group is None else group
    try:
        return match.group(integer_argument("filter `regexExtract`", "group", wanted))
    except IndexError as error:
        raise ExpressionError("value", f"The regular expression has no group {wanted}") from error


FILTERS: Final[Mapping[str, Filter]] = {
    "upper": _on_any(str.upper),
    "lower": _on_any(str.lower),
    "capitalize": _on_text("capitalize", _capitalized),
    "title": _on_text("title", _titled),
    "trim": _on_text("trim", java_trim),
    "abbreviate": Filter(_abbreviate, ("length",), required=1),
    "replace": Filter(_replace, ("replace_pairs", "regexp"), required=1),
    "split": Filter(_split, ("delimiter", "limit"), required=1),
    "default": Filter(_default, ("default",), takes_null=True, takes_undefined=True),
    "urlencode": _on_text("urlencode", _url_encoded),
    "urldecode": _on_text("urldecode", _url_decoded),
    "base64encode": _on_any(
        lambda text: base64.b64encode(text.encode("utf-8", "replace")).decode("ascii")
    ),
    "base64decode": _on_text("base64decode", _base64_decoded),
    "md5": _digest("md5"),
    "sha1": _digest("sha1"),
    "sha256": _digest("sha256"),
    "sha512": _digest("sha512"),
    "startsWith": _edge("startsWith", str.startswith),
    "endsWith": _edge("endsWith", str.endswith),
    "substringBefore": _substring("substringBefore", _before),
    "substringBeforeLast": _substring("substringBeforeLast", _before_last),
    "substringAfter": _substring("substringAfter", _after),
    "substringAfterLast": _substring("substringAfterLast", _after_last),
    "slugify": _on_any(slug),
    "escapeChar": Filter(_escape_char, ("type",), required=1),
    "indent": _indenting("indent", False),
    "nindent": _indenting("nindent", True),
    "string": Filter(_string),
    "regexMatch": Filter(_regex_match, ("regex",), required=1),
    "regexReplace": Filter(_regex_replace, ("regex", "replacement"), required=2),
    "regexExtract": Filter(_regex_extract, ("regex", "group"), required=1),
}
