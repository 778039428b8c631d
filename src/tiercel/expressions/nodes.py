"""The syntax tree. Positions are offsets into the template source.

Nodes are made once by the parser and never changed, so a tree may be shared between threads.
"""

from __future__ import annotations

from typing import TypeAlias


class Literal:
    """A constant: text, number, boolean or null, with the way it was written."""

    __slots__ = ("position", "source", "value")

    def __init__(self, value: object, source: str, position: int) -> None:
        self.value = value
        self.source = source
        self.position = position


class Interpolated:
    """A double-quoted text with ``#{…}`` in it; parts are texts (as written) and expressions."""

    __slots__ = ("parts", "position")

    def __init__(self, parts: list[str | Expression], position: int) -> None:
        self.parts = parts
        self.position = position


class ListLiteral:
    """``[a, b]``."""

    __slots__ = ("elements", "position")

    def __init__(self, elements: list[Expression], position: int) -> None:
        self.elements = elements
        self.position = position


class MapLiteral:
    """``{k: v}``; entries in the order of writing."""

    __slots__ = ("entries", "position")

    def __init__(self, entries: list[tuple[Expression, Expression]], position: int) -> None:
        self.entries = entries
        self.position = position


class Name:
    """A variable."""

    __slots__ = ("name", "position")

    def __init__(self, name: str, position: int) -> None:
        self.name = name
        self.position = position


class Attribute:
    """``target.name`` (the name is a Literal) or ``target[key]``."""

    __slots__ = ("is_dotted", "key", "position", "target")

    def __init__(self, target: Expression, key: Expression, is_dotted: bool, position: int) -> None:
        self.target = target
        self.key = key
        self.is_dotted = is_dotted
        self.position = position


class Arguments:
    """Arguments of a call, in the order of writing; names are None for positional ones."""

    __slots__ = ("items",)

    def __init__(self, items: list[tuple[str | None, Expression, int]]) -> None:
        self.items = items


NO_ARGUMENTS = Arguments([])


class MethodCall:
    """``target.name(arguments)``; arguments are positional."""

    __slots__ = ("arguments", "name", "position", "target")

    def __init__(
        self, target: Expression, name: str, arguments: list[Expression], position: int
    ) -> None:
        self.target = target
        self.name = name
        self.arguments = arguments
        self.position = position


class Call:
    """``name(arguments)``: a function or a macro."""

    __slots__ = ("arguments", "name", "position")

    def __init__(self, name: str, arguments: Arguments, position: int) -> None:
        self.name = name
        self.arguments = arguments
        self.position = position


class Filter:
    """``operand | name(arguments)``. The operand is None in a ``filter`` tag."""

    __slots__ = ("arguments", "name", "operand", "position")

    def __init__(
        self, operand: Expression | None, name: str, arguments: Arguments, position: int
    ) -> None:
        self.operand = operand
        self.name = name
        self.arguments = arguments
        self.position = position


class Test:
    """``operand is name(arguments)`` or ``operand is not name``."""

    __slots__ = ("arguments", "is_negated", "name", "operand", "position")

    def __init__(
        self,
        operand: Expression,
        name: str,
        arguments: Arguments,
        is_negated: bool,
        position: int,
    ) -> None:
        self.operand = operand
        self.name = name
        self.arguments = arguments
        self.is_negated = is_negated
        self.position = position


class Unary:
    """``not x``, ``-x``, ``+x``."""

    __slots__ = ("operand", "operator", "position")

    def __init__(self, operator: str, operand: Expression, position: int) -> None:
        self.operator = operator
        self.operand = operand
        self.position = position


class Binary:
    """``left operator right``; the position is that of the operator."""

    __slots__ = ("left", "operator", "position", "right")

    def __init__(self, operator: str, left: Expression, right: Expression, position: int) -> None:
        self.operator = operator
        self.left = left
        self.right = right
        self.position = position


class Concatenation:
    """``a ~ b ~ c``."""

    __slots__ = ("parts", "position")

    def __init__(self, parts: list[Expression], position: int) -> None:
        self.parts = parts
        self.position = position


class Ternary:
    """``condition ? chosen : other``."""

    __slots__ = ("chosen", "condition", "other", "position")

    def __init__(
        self, condition: Expression, chosen: Expression, other: Expression, position: int
    ) -> None:
        self.condition = condition
        self.chosen = chosen
        self.other = other
        self.position = position


Expression: TypeAlias = (
    Literal
    | Interpolated
    | ListLiteral
    | MapLiteral
    | Name
    | Attribute
    | MethodCall
    | Call
    | Filter
    | Test
    | Unary
    | Binary
    | Concatenation
    | Ternary
)


class Text:
    """Literal text; ``is_verbatim`` when it came from a ``verbatim`` tag."""

    __slots__ = ("is_verbatim", "text")

    def __init__(self, text: str, is_verbatim: bool = False) -> None:
        self.text = text
        self.is_verbatim = is_verbatim


class Print:
    """``{{ expression }}``."""

    __slots__ = ("expression", "position")

    def __init__(self, expression: Expression, position: int) -> None:
        self.expression = expression
        self.position = position


class If:
    """``{% if %}``: branches in order, then the ``else`` body (None when absent)."""

    __slots__ = ("branches", "otherwise", "position")

    def __init__(
        self,
        branches: list[tuple[Expression, list[Statement]]],
        otherwise: list[Statement] | None,
        position: int,
    ) -> None:
        self.branches = branches
        self.otherwise = otherwise
        self.position = position


class For:
    """``{% for name in iterable %}``."""

    __slots__ = ("body", "iterable", "name", "otherwise", "position")

    def __init__(
        self,
        name: str,
        iterable: Expression,
        body: list[Statement],
        otherwise: list[Statement] | None,
        position: int,
    ) -> None:
        self.name = name
        self.iterable = iterable
        self.body = body
        self.otherwise = otherwise
        self.position = position


class Set:
    """``{% set name = value %}``."""

    __slots__ = ("name", "position", "value")

    def __init__(self, name: str, value: Expression, position: int) -> None:
        self.name = name
        self.value = value
        self.position = position


class Macro:
    """``{% macro name(parameters) %}``; a default is None when the parameter has none."""

    __slots__ = ("body", "name", "parameters", "position")

    def __init__(
        self,
        name: str,
        parameters: list[tuple[str, Expression | None]],
        body: list[Statement],
        position: int,
    ) -> None:
        self.name = name
        self.parameters = parameters
        self.body = body
        self.position = position


class Block:
    """``{% block name %}``."""

    __slots__ = ("body", "name", "position")

    def __init__(self, name: str, body: list[Statement], position: int) -> None:
        self.name = name
        self.body = body
        self.position = position


class FilterBlock:
    """``{% filter a | b %}``; filters in order of application, without operands."""

    __slots__ = ("body", "filters", "position")

    def __init__(self, filters: list[Filter], body: list[Statement], position: int) -> None:
        self.filters = filters
        self.body = body
        self.position = position


Statement: TypeAlias = Text | Print | If | For | Set | Macro | Block | FilterBlock


class Root:
    """A whole template."""

    __slots__ = ("blocks", "body", "bound_names", "macros")

    def __init__(
        self,
        body: list[Statement],
        macros: dict[str, Macro],
        blocks: dict[str, Block],
        bound_names: frozenset[str],
    ) -> None:
        self.body = body
        self.macros = macros
        self.blocks = blocks
        self.bound_names = bound_names
