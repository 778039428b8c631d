"""Bounds on the work of one render. Hitting one is an error of kind ``value`` that names it."""

from __future__ import annotations

from tiercel.expressions.errors import ExpressionError

NESTING = 100
"""Depth of brackets, tags, macros, blocks and ``render()`` calls inside one another."""

CHAIN = 200
"""Operators, filters or attributes in a row in one expression."""

LOOP_STEPS = 1_000_000
"""Steps of all loops of one render together."""

ELEMENTS = 1_000_000
"""Elements of a list built by an expression."""

OUTPUT_CHARACTERS = 10_000_000
"""Characters of one text: the output, or any value on the way to it."""

HANDLED = 200_000_000
"""Characters and elements of all large values built or read by one render together."""

LARGE = 1000
"""Characters or elements from which on a value counts towards :data:`HANDLED`."""

VISITS = 5_000_000
"""Values looked at one by one by one render: compared, searched, changed inside lists and maps."""

RENDER_PASSES = 100
"""Passes of recursive rendering without a fixed point."""

INTEGER_BITS = 10_000
"""Size of a big integer (``number('BIGINTEGER')``)."""

COMPARISONS = 1_000_000
"""Values looked at by one comparison of nested lists and maps."""

PATTERN_SECONDS = 5.0
"""Time of one regular expression or jq program."""

ALL_PATTERNS_SECONDS = 30.0
"""Time of all regular expressions and jq programs of one render together."""


def exceeded(what: str, limit: object) -> ExpressionError:
    """The error for a bound that was hit."""
    return ExpressionError("value", f"The limit of {limit} {what} is exceeded")


def check_text_size(size: int) -> None:
    """Refuse a text of more than :data:`OUTPUT_CHARACTERS`."""
    if size > OUTPUT_CHARACTERS:
        raise exceeded("characters in a text", f"{OUTPUT_CHARACTERS:,}")


def check_list_size(size: int) -> None:
    """Refuse a list of more than :data:`ELEMENTS`."""
    if size > ELEMENTS:
        raise exceeded("elements in a list", f"{ELEMENTS:,}")
