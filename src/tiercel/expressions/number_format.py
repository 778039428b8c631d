"""Numbers by a pattern such as ``#,##0.00``, rounded half-even."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import lru_cache
from typing import Final, NamedTuple

from tiercel.expressions.errors import ExpressionError

DEFAULT_PATTERN: Final = "#,##0.###"
_MOST_DIGITS: Final = 400
_CONTEXT: Final = Context(prec=12_000, rounding=ROUND_HALF_EVEN)


class Symbols(NamedTuple):
    """Signs of a locale."""

    point: str = "."
    group: str = ","
    minus: str = "-"
    currency: str = "$"


class Layout(NamedTuple):
    """A pattern that was read.

    Attributes:
        prefix: Text before a positive number.
        suffix: Text after a positive number.
        negative: Prefix and suffix of a negative number; None for a minus before the others.
        minimum_whole: Digits before the point at least.
        maximum_whole: Signs before the point in the pattern; used with an exponent only.
        minimum_fraction: Digits after the point at least.
        maximum_fraction: Digits after the point at most.
        grouping: Digits in a group; 0 for none.
        exponent: Digits of the exponent at least; 0 for none.
        scale: Power of ten that the number is multiplied with.
        shows_point: Whether the point stands even without a fraction.
    """

    prefix: str
    suffix: str
    negative: tuple[str, str] | None
    minimum_whole: int
    maximum_whole: int
    minimum_fraction: int
    maximum_fraction: int
    grouping: int
    exponent: int
    scale: int
    shows_point: bool


def format_number(number: float | Decimal, pattern: str, locale: str) -> str:
    """A number by a pattern.

    Args:
        number: Any number.
        pattern: Letters as in Java's ``DecimalFormat``.
        locale: Whose point, group and currency signs to use.

    Raises:
        ExpressionError: Kind ``value`` for a malformed pattern.
    """
    layout, symbols = read_pattern(pattern), _symbols(locale)
    if isinstance(number, float) and math.isnan(number):
        return "NaN"
    if isinstance(number, float) and abs(number) == float("inf"):
        digits, is_negative = "∞", number < 0
    else:
        exact = Decimal(number)
        is_negative = exact.is_signed()
        size = abs(exact).scaleb(layout.scale, _CONTEXT)
        if layout.exponent:
            digits = _with_exponent(size, layout, symbols)
        else:
            digits = _plain(size, layout, symbols)
    prefix, suffix = layout.prefix, layout.suffix
    if is_negative:
        prefix, suffix = layout.negative or (symbols.minus + prefix, suffix)
    return (prefix + digits + suffix).replace("¤", symbols.currency)


def _plain(size: Decimal, layout: Layout, symbols: Symbols) -> str:
    rounded = size.quantize(Decimal(1).scaleb(-layout.maximum_fraction), ROUND_HALF_EVEN, _CONTEXT)
    whole, _, fraction = f"{rounded:f}".partition(".")
    whole = whole.lstrip("0").rjust(layout.minimum_whole, "0")
    fraction = fraction.rstrip("0").ljust(layout.minimum_fraction, "0")
    if not whole and not fraction:
        whole = "0"
    if layout.grouping:
        whole = _grouped(whole, layout.grouping, symbols.group)
    return whole + (symbols.point if fraction or layout.shows_point else "") + fraction


def _grouped(whole: str, size: int, mark: str) -> str:
    head = len(whole) % size
    groups = [whole[:head]] if head else []
    groups += [whole[at : at + size] for at in range(head, len(whole), size)]
    return mark.join(groups)


def _with_exponent(size: Decimal, layout: Layout, symbols: Symbols) -> str:
    power = size.adjusted() if size else 0
    minimum = layout.minimum_whole
    if layout.maximum_whole > 1 and layout.maximum_whole > minimum:
        exponent = power // layout.maximum_whole * layout.maximum_whole
        significant = minimum + layout.maximum_fraction
        decimals = significant - (power - exponent) - 1
        minimum = 1
    else:
        exponent = power - max(0, minimum - 1) if minimum else power + 1
        exponent = exponent if size else 0
        decimals = layout.maximum_fraction
    mantissa = size.scaleb(-exponent, _CONTEXT)
    rounded = mantissa.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_EVEN, _CONTEXT)
    if size and rounded.adjusted() > mantissa.adjusted() and layout.maximum_whole <= minimum:
        exponent += 1
        rounded = rounded.scaleb(-1, _CONTEXT)
    whole, _, fraction = f"{rounded:f}".partition(".")
    whole = whole.lstrip("0").rjust(minimum, "0")
    fraction = fraction.rstrip("0").ljust(layout.minimum_fraction, "0")
    tail = (symbols.point if fraction or layout.shows_point else "") + fraction
    sign = symbols.minus if exponent < 0 else ""
    return f"{whole}{tail}E{sign}{abs(exponent):0{layout.exponent}d}"


@lru_cache(maxsize=256)
def read_pattern(pattern: str) -> Layout:
    """Read a pattern. Raises ExpressionError of kind ``value`` when it is malformed."""
    positive, negative = _halves(pattern)
    prefix, digits, suffix = _sections(positive, pattern)
    scale = 2 if "%" in _marks(positive) else 3 if "‰" in _marks(positive) else 0
    mantissa, mark, exponent = digits.partition("E")
    if mark and (not exponent or exponent.strip("0")):
        raise _malformed(pattern)
    whole, point, fraction = mantissa.partition(".")
    grouping = len(whole) - whole.rindex(",") - 1 if "," in whole else 0
    if "," in fraction or "." in fraction or (mark and "," in whole):
        raise _malformed(pattern)
    whole = whole.replace(",", "")
    is_ordered = "0" not in whole or "#" not in whole[whole.index("0") :]
    if not is_ordered or "0" in fraction.lstrip("0") or len(digits) > _MOST_DIGITS:
        raise _malformed(pattern)
    minimum_whole = whole.count("0")
    if not minimum_whole and not point and not mark and whole:
        minimum_whole = 0
    outer: tuple[str, str] | None = None
    if negative is not None:
        before, _, after = _sections(negative, pattern)
        outer = (before, after)
    return Layout(
        prefix,
        suffix,
        outer,
        minimum_whole,
        len(whole),
        fraction.count("0"),
        len(fraction),
        grouping,
        len(exponent),
        scale,
        bool(point) and not fraction,
    )


def _malformed(pattern: str) -> ExpressionError:
    return ExpressionError("value", f"Malformed number pattern `{pattern[:100]}`")


def _characters(pattern: str) -> list[tuple[str, bool]]:
    """Each character with whether it is quoted."""
    found: list[tuple[str, bool]] = []
    is_quoted = False
    position = 0
    while position < len(pattern):
        if pattern[position] != "'":
            found.append((pattern[position], is_quoted))
        elif pattern[position + 1 : position + 2] == "'":
            found.append(("'", True))
            position += 1
        else:
            is_quoted = not is_quoted
        position += 1
    return found


def _halves(
    pattern: str,
) -> tuple[list[tuple[str, bool]], list[tuple[str, bool]] | None]:
    characters = _characters(pattern)
    for index, (character, is_quoted) in enumerate(characters):
        if character == ";" and not is_quoted:
            return characters[:index], characters[index + 1 :]
    return characters, None


def _marks(characters: list[tuple[str, bool]]) -> str:
    return "".join(character for character, is_quoted in characters if not is_quoted)


def _sections(characters: list[tuple[str, bool]], pattern: str) -> tuple[str, str, str]:
    """Prefix, digit signs and suffix of one half."""
    sections = ["", "", ""]
    stage = 0
    for character, is_quoted in characters:
        is_digit = not is_quoted and (character in "#0,." or (character == "E" and stage == 1))
        if is_digit and stage == 2:
            raise _malformed(pattern)
        stage = 1 if is_digit else 2 if stage == 1 else stage
        sections[stage] += character
    return sections[0], sections[1], sections[2]


@lru_cache(maxsize=32)
def _symbols(locale: str) -> Symbols:
    if locale.startswith("en"):
        return Symbols()
    from tiercel.expressions.locales import babel_locale

    found = babel_locale(locale)
    signs = found.number_symbols.get("latn", {})
    return Symbols(
        signs.get("decimal", "."), signs.get("group", ","), signs.get("minusSign", "-"), "¤"
    )
