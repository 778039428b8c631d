"""Turns a template into its syntax tree: texts, expressions to print, and tags around them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tiercel.expressions.errors import ExpressionError
from tiercel.expressions.expression_parser import ExpressionParser
from tiercel.expressions.lexer import (
    NAME,
    STRING,
    Lexer,
    Segment,
)
from tiercel.expressions.limits import NESTING, exceeded
from tiercel.expressions.nodes import (
    Block,
    Expression,
    FilterBlock,
    For,
    If,
    Macro,
    Print,
    Root,
    Set,
    Statement,
    Text,
)

_TAG_NAMES = ("if", "for", "set", "macro", "block", "filter", "verbatim")
_RESERVED = frozenset({"true", "false", "null", "none"})


class TemplateParser:
    """Parses the segments of a whole template."""

    __slots__ = ("_blocks", "_bound", "_depth", "_index", "_macros", "_segments")

    def __init__(self, segments: list[Segment]) -> None:
        self._segments = segments
        self._index = 0
        self._depth = 0
        self._macros: dict[str, Macro] = {}
        self._blocks: dict[str, Block] = {}
        self._bound: set[str] = set()

    def root(self) -> Root:
        """The whole template."""
        body, _ = self._body(())
        return Root(body, self._macros, self._blocks, frozenset(self._bound))

    def _body(self, ends: tuple[str, ...]) -> tuple[list[Statement], ExpressionParser | None]:
        """Statements up to one of the tags in ``ends``; returns them and the parser of that tag.

        The parser stands at the name of the tag; it is None at the end of the template.
        """
        found: list[Statement] = []
        while self._index < len(self._segments):
            kind, text, tokens, position = self._segments[self._index]
            self._index += 1
            if kind == "print":
                parser = ExpressionParser(tokens, self._depth)
                found.append(Print(parser.expression(), position))
                parser.end()
            elif kind == "tag":
                parser = ExpressionParser(tokens, self._depth)
                if tokens[0][0] == NAME and tokens[0][1] in ends:
                    return found, parser
                found.append(self._tag(parser, position))
            else:
                _add_text(found, text, kind == "verbatim")
        return found, None

    def _tag(self, parser: ExpressionParser, position: int) -> Statement:
        name, where = parser.name("a tag name")
        parse = _TAGS.get(name)
        if parse is None:
            raise _unknown_tag(name, where)
        self._depth += 1
        if self._depth > NESTING:
            raise exceeded("levels of nesting", NESTING).located(position)
        statement = parse(self, parser, position)
        self._depth -= 1
        return statement

    def _inner(
        self, opened: str, position: int, *ends: str
    ) -> tuple[list[Statement], ExpressionParser]:
        body, parser = self._body(ends)
        if parser is None:
            closers = " or ".join(f"`{end}`" for end in ends)
            problem = f"Unclosed tag `{opened}`, expected {closers}"
            raise ExpressionError("syntax", problem, position=position)
        return body, parser

    def _closed(self, parser: ExpressionParser) -> None:
        parser.index += 1
        parser.end()

    def _if(self, parser: ExpressionParser, position: int) -> Statement:
        condition = parser.expression()
        parser.end()
        branches: list[tuple[Expression, list[Statement]]] = []
        while True:
            body, closer = self._inner("if", position, "elseif", "else", "endif")
            branches.append((condition, body))
            word = closer.tokens[0][1]
            closer.index += 1
            if word == "elseif":
                condition = closer.expression()
                closer.end()
                continue
            closer.end()
            if word == "endif":
                return If(branches, None, position)
            otherwise, closer = self._inner("if", position, "endif")
            self._closed(closer)
            return If(branches, otherwise, position)

    def _for(self, parser: ExpressionParser, position: int) -> Statement:
        name = self._variable(parser)
        word, where = parser.name("`in`")
        if word != "in":
            raise ExpressionError("syntax", f"Expected `in`, found `{word}`", position=where)
        iterable = parser.expression()
        parser.end()
        self._bound.add("loop")
        body, closer = self._inner("for", position, "else", "endfor")
        otherwise: list[Statement] | None = None
        if closer.tokens[0][1] == "else":
            self._closed(closer)
            otherwise, closer = self._inner("for", position, "endfor")
        self._closed(closer)
        return For(name, iterable, body, otherwise, position)

    def _set(self, parser: ExpressionParser, position: int) -> Statement:
        name = self._variable(parser)
        parser.expect("=", "`=`")
        value = parser.expression()
        parser.end()
        return Set(name, value, position)

    def _variable(self, parser: ExpressionParser) -> str:
        name, where = parser.name("a variable name")
        if name in _RESERVED:
            raise ExpressionError("syntax", f"`{name}` is not a variable name", position=where)
        self._bound.add(name)
        return name

    def _macro(self, parser: ExpressionParser, position: int) -> Statement:
        name, where = parser.name("a macro name")
        if name in self._macros:
            raise ExpressionError("syntax", f"Macro `{name}` is defined twice", position=where)
        parser.expect("(", "`(`")
        parameters: list[tuple[str, Expression | None]] = []
        if parser.tokens[parser.index][1] != ")":
            parameters.append(self._parameter(parser))
            while parser.tokens[parser.index][1] == ",":
                parser.index += 1
                parameters.append(self._parameter(parser))
        parser.expect(")", "`,` or `)`")
        parser.end()
        placeholder = Macro(name, parameters, [], position)
        self._macros[name] = placeholder
        body, closer = self._inner("macro", position, "endmacro")
        closer.index += 1
        if closer.tokens[closer.index][0] == NAME and closer.tokens[closer.index][1] == name:
            closer.index += 1
        closer.end()
        placeholder.body.extend(body)
        return placeholder

    def _parameter(self, parser: ExpressionParser) -> tuple[str, Expression | None]:
        name = self._variable(parser)
        if parser.tokens[parser.index][1] != "=":
            return name, None
        parser.index += 1
        return name, parser.expression()

    def _block(self, parser: ExpressionParser, position: int) -> Statement:
        name = _block_name(parser)
        if name is None:
            raise parser.unexpected("a block name")
        parser.end()
        block = Block(name, [], position)
        self._blocks[name] = block
        body, closer = self._inner("block", position, "endblock")
        closer.index += 1
        _block_name(closer)
        closer.end()
        block.body.extend(body)
        return block

    def _filter(self, parser: ExpressionParser, position: int) -> Statement:
        filters = parser.filters()
        parser.end()
        body, closer = self._inner("filter", position, "endfilter")
        self._closed(closer)
        return FilterBlock(filters, body, position)


_TAGS: Final[dict[str, Callable[[TemplateParser, ExpressionParser, int], Statement]]] = {
    "if": TemplateParser._if,
    "for": TemplateParser._for,
    "set": TemplateParser._set,
    "macro": TemplateParser._macro,
    "block": TemplateParser._block,
    "filter": TemplateParser._filter,
}


def _unknown_tag(name: str, position: int) -> ExpressionError:
    known = [*_TAG_NAMES, "elseif", "else", *(f"end{tag}" for tag in _TAG_NAMES if tag != "set")]
    if name in known:
        problem = f"Unexpected tag `{name}`, no tag that it belongs to is open"
        return ExpressionError("syntax", problem, name=name, position=position)
    hint = ""
    if name == "raw":
        hint = "`raw` must open and close on one line; use `verbatim` for more"
    elif name == "elif":
        hint = "It is spelled `elseif`"
    return ExpressionError(
        "syntax", f"Unknown tag `{name}`", name=name, position=position, known=known, hint=hint
    )


def _block_name(parser: ExpressionParser) -> str | None:
    """Step over the name of a block, bare or quoted; None when there is none."""
    kind, text, _ = parser.tokens[parser.index]
    if kind == NAME:
        parser.index += 1
        return text
    if kind == STRING:
        parser.index += 1
        return text[1:-1]
    return None


def _add_text(found: list[Statement], text: str, is_verbatim: bool) -> None:
    """Append literal text; a comment between two texts leaves one text."""
    if found and not is_verbatim:
        last = found[-1]
        if isinstance(last, Text) and not last.is_verbatim:
            found[-1] = Text(last.text + text)
            return
    found.append(Text(text, is_verbatim))


def parse(source: str) -> Root:
    """Parse a template.

    Raises:
        ExpressionError: Kind ``syntax``, or ``value`` when it is nested too deeply; the offset is
            set, the template is not.
    """
    return TemplateParser(Lexer(source).segments()).root()
