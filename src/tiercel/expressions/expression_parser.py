"""Turns the tokens of one expression into its syntax tree: a Pratt parser."""

from __future__ import annotations

from typing import Final

from tiercel.expressions.errors import ExpressionError
from tiercel.expressions.lexer import (
    END,
    INTERPOLATION,
    NAME,
    NUMBER,
    OPERATOR,
    OPERATOR_WORDS,
    PUNCTUATION,
    STRING,
    Token,
)
from tiercel.expressions.limits import CHAIN, NESTING, exceeded
from tiercel.expressions.nodes import (
    NO_ARGUMENTS,
    Arguments,
    Attribute,
    Binary,
    Call,
    Concatenation,
    Expression,
    Filter,
    Interpolated,
    ListLiteral,
    Literal,
    MapLiteral,
    MethodCall,
    Name,
    Ternary,
    Test,
    Unary,
)

PRECEDENCE: Final = {
    "or": 10,
    "and": 15,
    "is": 20,
    "is not": 20,
    "contains": 20,
    "isIn": 20,
    "==": 30,
    "equals": 30,
    "!=": 30,
    "<": 30,
    ">": 30,
    "<=": 30,
    ">=": 30,
    "+": 40,
    "-": 40,
    "*": 60,
    "/": 60,
    "%": 60,
    "|": 100,
    "~": 110,
    "..": 120,
    "??": 120,
    "???": 120,
}
"""Binding strength of binary operators; all are left-associative."""

UNARY_PRECEDENCE: Final = 500

CONSTANTS: Final[dict[str, object]] = {
    "true": True,
    "TRUE": True,
    "false": False,
    "FALSE": False,
    "null": None,
    "NULL": None,
    "none": None,
    "NONE": None,
}

_LARGEST_INTEGER = 2**63 - 1


class ExpressionParser:
    """Parses the tokens of one print or tag."""

    __slots__ = ("depth", "index", "tokens")

    def __init__(self, tokens: list[Token], depth: int = 0) -> None:
        self.tokens = tokens
        self.index = 0
        self.depth = depth

    def expression(self) -> Expression:
        """A full expression, ternary included."""
        self.depth += 1
        if self.depth > NESTING:
            raise exceeded("levels of nesting", NESTING).located(self.tokens[self.index][2])
        left = self.binary(0)
        kind, mark, position = self.tokens[self.index]
        if mark == "?" and kind == PUNCTUATION:
            self.index += 1
            chosen = self.expression()
            self.expect(":", "the `:` of the condition")
            left = Ternary(left, chosen, self.expression(), position)
        self.depth -= 1
        return left

    def binary(self, weakest: int) -> Expression:
        """Operands joined by operators that bind at least as strongly as ``weakest``."""
        left = self.operand()
        links = 0
        while True:
            kind, operator, position = self.tokens[self.index]
            if kind != OPERATOR:
                return left
            strength = PRECEDENCE.get(operator)
            if strength is None or strength < weakest:
                return left
            self.index += 1
            links += 1
            if links > CHAIN and operator != "~":
                raise exceeded("operators in a row", CHAIN).located(position)
            if operator == "|":
                left = self._filter(left)
            elif operator in ("is", "is not"):
                left = self._test(left, operator == "is not")
            elif operator == "~":
                left = self._concatenation(left, position)
            else:
                left = Binary(operator, left, self.binary(strength + 1), position)

    def _concatenation(self, left: Expression, position: int) -> Expression:
        parts = [left, self.binary(PRECEDENCE["~"] + 1)]
        while self.tokens[self.index][1] == "~" and self.tokens[self.index][0] == OPERATOR:
            self.index += 1
            parts.append(self.binary(PRECEDENCE["~"] + 1))
        return Concatenation(parts, position)

    def _filter(self, operand: Expression | None) -> Filter:
        name, position = self.name("a filter name")
        return Filter(operand, name, self._optional_arguments(), position)

    def _test(self, operand: Expression, is_negated: bool) -> Test:
        name, position = self.name("a test name")
        return Test(operand, name, self._optional_arguments(), is_negated, position)

    def filters(self) -> list[Filter]:
        """The filters of a ``filter`` tag: names with arguments, joined by ``|``."""
        found = [self._filter(None)]
        while self._accept("|"):
            found.append(self._filter(None))
            if len(found) > CHAIN:
                raise exceeded("filters in a row", CHAIN).located(found[-1].position)
        return found

    def operand(self) -> Expression:
        """One operand with its unary operators, attributes and calls."""
        kind, text, position = self.tokens[self.index]
        if kind == NAME:
            self.index += 1
            following = self.tokens[self.index][1]
            if following == "(":
                return self._postfix(Call(text, self.arguments(), position))
            if text in CONSTANTS:
                return self._postfix(Literal(CONSTANTS[text], text, position))
            if following in (".", "["):
                return self._postfix(Name(text, position))
            return Name(text, position)
        if kind == STRING:
            self.index += 1
            quote = text[0]
            value = text[1:-1]
            if "\\" in value:
                value = value.replace("\\" + quote, quote)
            return self._postfix(Literal(value, text, position))
        if kind == NUMBER:
            self.index += 1
            return self._postfix(Literal(_number(text, position), text, position))
        return self._compound(kind, text, position)

    def _compound(self, kind: int, text: str, position: int) -> Expression:
        if kind == OPERATOR and (text in ("not", "-", "+")):
            return self._unary(text, position)
        if kind == PUNCTUATION:
            if text == "(":
                self.index += 1
                inner = self.expression()
                self.expect(")", "`)`")
                return self._postfix(inner)
            if text == "[":
                return self._list(position)
            if text == "{":
                return self._map(position)
        if kind == INTERPOLATION and text == '"':
            return self._postfix(self._interpolated(position))
        raise self.unexpected("a value")

    def _unary(self, operator: str, position: int) -> Expression:
        self.index += 1
        self.depth += 1
        if self.depth > NESTING:
            raise exceeded("levels of nesting", NESTING).located(position)
        operand = self.binary(UNARY_PRECEDENCE)
        self.depth -= 1
        return Unary(operator, operand, position)

    def _postfix(self, target: Expression) -> Expression:
        links = 0
        while True:
            kind, mark, position = self.tokens[self.index]
            if kind != PUNCTUATION or (mark not in (".", "[")):
                return target
            self.index += 1
            links += 1
            if links > CHAIN:
                raise exceeded("attributes in a row", CHAIN).located(position)
            if mark == "[":
                key = self.expression()
                self.expect("]", "`]`")
                target = Attribute(target, key, False, position)
                continue
            name, where = self.name("a name after `.`")
            if self.tokens[self.index][1] == "(" and self.tokens[self.index][0] == PUNCTUATION:
                target = MethodCall(target, name, self._positional(name), where)
            else:
                target = Attribute(target, Literal(name, name, where), True, where)

    def _positional(self, name: str) -> list[Expression]:
        items = self.arguments().items
        for argument, _, position in items:
            if argument is not None:
                raise ExpressionError(
                    "syntax",
                    f"Method `{name}` takes no named arguments, found `{argument}`",
                    position=position,
                )
        return [value for _, value, _ in items]

    def _list(self, position: int) -> Expression:
        self.index += 1
        elements: list[Expression] = []
        if not self._accept("]"):
            elements.append(self.expression())
            while self._accept(","):
                elements.append(self.expression())
            self.expect("]", "`,` or `]`")
        return ListLiteral(elements, position)

    def _map(self, position: int) -> Expression:
        self.index += 1
        entries: list[tuple[Expression, Expression]] = []
        if not self._accept("}"):
            entries.append(self._entry())
            while self._accept(","):
                entries.append(self._entry())
            self.expect("}", "`,` or `}`")
        return MapLiteral(entries, position)

    def _entry(self) -> tuple[Expression, Expression]:
        key = self.expression()
        self.expect(":", "the `:` between key and value")
        return key, self.expression()

    def _interpolated(self, position: int) -> Expression:
        self.index += 1
        parts: list[str | Expression] = []
        while True:
            kind, text, _ = self.tokens[self.index]
            self.index += 1
            if kind == STRING:
                parts.append(text)
            elif text == "#{":
                parts.append(self.expression())
                self.expect("}", "the `}` of `#{`")
            else:
                return Interpolated(parts, position)

    def _optional_arguments(self) -> Arguments:
        kind, mark, _ = self.tokens[self.index]
        if mark == "(" and kind == PUNCTUATION:
            return self.arguments()
        return NO_ARGUMENTS

    def arguments(self) -> Arguments:
        """``( … )`` with positional arguments first, then named ones."""
        self.index += 1
        items: list[tuple[str | None, Expression, int]] = []
        if self._accept(")"):
            return NO_ARGUMENTS
        while True:
            kind, text, position = self.tokens[self.index]
            name: str | None = None
            if kind == NAME and self.tokens[self.index + 1][1] == "=":
                name = text
                self.index += 2
            elif items and items[-1][0] is not None:
                raise ExpressionError(
                    "syntax", "A positional argument can't follow a named one", position=position
                )
            items.append((name, self.expression(), position))
            if not self._accept(","):
                break
        self.expect(")", "`,` or `)`")
        return Arguments(items)

    def name(self, what: str) -> tuple[str, int]:
        """A name with its offset."""
        kind, text, position = self.tokens[self.index]
        if kind != NAME:
            raise self.unexpected(what)
        self.index += 1
        return text, position

    def _accept(self, mark: str) -> bool:
        kind, text, _ = self.tokens[self.index]
        if text == mark and kind != STRING:
            self.index += 1
            return True
        return False

    def expect(self, mark: str, what: str) -> None:
        """Step over ``mark`` or fail, saying that ``what`` was expected."""
        if not self._accept(mark):
            raise self.unexpected(what)

    def end(self) -> None:
        """Fail unless everything was read."""
        if self.tokens[self.index][0] != END:
            raise self.unexpected("an operator or the end")

    def unexpected(self, expected: str) -> ExpressionError:
        """The error for the current token."""
        kind, text, position = self.tokens[self.index]
        found = "the end of the expression" if kind == END else f"`{text}`"
        hint = ""
        if kind == OPERATOR and text in OPERATOR_WORDS and expected == "a name after `.`":
            hint = f"`{text}` is an operator: write ['{text}'] instead"
        return ExpressionError(
            "syntax", f"Expected {expected}, found {found}", position=position, hint=hint
        )


def _number(text: str, position: int) -> int | float:
    if "." in text:
        return float(text)
    value = int(text.rstrip("L")) if len(text) < 400 else _LARGEST_INTEGER + 1
    if value > _LARGEST_INTEGER:
        raise ExpressionError(
            "syntax", f"The integer {text[:40]} does not fit into 64 bits", position=position
        )
    return value
