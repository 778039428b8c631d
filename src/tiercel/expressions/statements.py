"""Compiles literal text, prints and tags: closures that add to an output."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple, TypeAlias

from tiercel.expressions import operators
from tiercel.expressions.compiler import Evaluate, ExpressionCompiler
from tiercel.expressions.environment import NOTHING, Environment, Output
from tiercel.expressions.errors import ExpressionError
from tiercel.expressions.limits import LARGE
from tiercel.expressions.nodes import (
    Block,
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
from tiercel.expressions.signatures import MISSING, Missing
from tiercel.expressions.values import (
    LARGEST_INTEGER,
    Entry,
    as_list,
    concatenated_text,
    is_list,
    is_map,
    type_name,
)

Emit: TypeAlias = Callable[[Environment, Output], None]
MacroBody: TypeAlias = Callable[[Environment, list[Any]], str]

_NODES_PER_STEP = 50


class Step(NamedTuple):
    """Literal text, or a value to print, or a tag."""

    text: str | None
    evaluate: Evaluate | None
    write: Emit | None
    position: int


class TypedOutput(Output):
    """An output that remembers what its prints printed.

    Attributes:
        printed: Index of the piece and value of each print.
    """

    __slots__ = ("printed",)

    def __init__(self) -> None:
        super().__init__()
        self.printed: list[tuple[int, object]] = []

    def print(self, value: object) -> None:
        """Add a value, and remember it."""
        self.printed.append((len(self), value))
        super().print(value)


class StatementCompiler(ExpressionCompiler):
    """Compiles one template, statements included.

    Attributes:
        blocks: Content of each block, as text.
        macros: Body of each macro, as text.

    Args:
        root: The template.
        is_typed: Whether it writes to a :class:`TypedOutput`.
    """

    __slots__ = ("_quick", "blocks", "macros")

    def __init__(self, root: Root, *, is_typed: bool = False) -> None:
        super().__init__(root)
        self.blocks: dict[str, Evaluate] = {}
        self.macros: dict[str, MacroBody] = {}
        self._quick = (Missing, Missing) if is_typed else (str, int)

    def body(self, statements: list[Statement]) -> Emit:
        """The closure that writes all statements in order."""
        steps = [self._step(statement) for statement in statements]
        if len(steps) == 1 and steps[0].write is not None:
            return steps[0].write
        quick_text, quick_integer = self._quick

        def emit(run: Environment, output: Output) -> None:
            for text, evaluate, write, position in steps:
                if text is not None:
                    output.append(text)
                elif evaluate is not None:
                    value = evaluate(run)
                    kind = type(value)
                    if kind is quick_text and len(value) <= LARGE:
                        output.append(value)
                    elif kind is quick_integer and -LARGEST_INTEGER <= value <= LARGEST_INTEGER:
                        output.append(str(value))
                    else:
                        try:
                            output.print(value)
                        except ExpressionError as error:
                            error.located(position)
                            raise
                elif write is not None:
                    write(run, output)

        return emit

    def _step(self, node: Statement) -> Step:
        """One statement, in the form that costs the least to write."""
        self.nodes += 1
        if isinstance(node, Text):
            return Step(node.text, None, None, 0)
        if isinstance(node, Print):
            return Step(None, self.expression(node.expression), None, node.position)
        return Step(None, None, _COMPILE[type(node)](self, node), node.position)

    def condition(self, node: If) -> Emit:
        """``{% if %}``."""
        branches = [
            (self.expression(condition), self.body(body)) for condition, body in node.branches
        ]
        otherwise = self.body(node.otherwise) if node.otherwise else None
        position = node.position

        def emit(run: Environment, output: Output) -> None:
            for condition, body in branches:
                value = condition(run)
                if value is True:
                    body(run, output)
                    return
                if value is False:
                    continue
                try:
                    holds = operators.truth(value, "Tag `if`")
                except ExpressionError as error:
                    error.located(position)
                    raise
                if holds:
                    body(run, output)
                    return
            if otherwise is not None:
                otherwise(run, output)

        return emit

    def loop(self, node: For) -> Emit:
        """``{% for %}``."""
        iterable, position, name = self.expression(node.iterable), node.position, node.name
        names, self.names, before = self.names, set(), self.nodes
        body = self.body(node.body)
        has_loop = "loop" in self.names
        self.names |= names
        weight = 1 + (self.nodes - before) // _NODES_PER_STEP
        otherwise = self.body(node.otherwise) if node.otherwise else None

        def emit(run: Environment, output: Output) -> None:
            value = iterable(run)
            if value is None:
                return
            try:
                elements = _elements(value)
                run.meter.step(len(elements) * weight)
            except ExpressionError as error:
                error.located(position)
                raise
            if not elements:
                if otherwise is not None:
                    otherwise(run, output)
                return
            outer = run.open_scope(name, has_loop)
            try:
                _repeat(run, output, name, elements, body, has_loop)
            finally:
                run.close_scope(outer)

        return emit

    def assignment(self, node: Set) -> Emit:
        """``{% set %}``."""
        value, name = self.expression(node.value), node.name
        return lambda run, output: run.assign(name, value(run))

    def macro(self, node: Macro) -> Emit:
        """``{% macro %}``: defined for the whole template, writes nothing where it stands."""
        parameters = [
            (name, None if default is None else self.expression(default))
            for name, default in node.parameters
        ]
        body = self.body(node.body)

        def call(caller: Environment, given: list[Any]) -> str:
            meter = caller.meter
            meter.step(1)
            meter.enter("macros")
            try:
                run = Environment(NOTHING, caller.services, meter, caller.root)
                run.blocks, run.macros = caller.blocks, caller.macros
                for (name, default), value in zip(parameters, given, strict=True):
                    if value is not MISSING:
                        run.variables[name] = value
                    else:
                        run.variables[name] = None if default is None else default(run)
                output = Output(concatenated_text)
                body(run, output)
                return output.text()
            finally:
                meter.leave()

        self.macros[node.name] = call
        return lambda run, output: None

    def block(self, node: Block) -> Emit:
        """``{% block %}``."""
        body = self.body(node.body)

        def content(run: Environment) -> str:
            run.meter.step(1)
            run.meter.enter("blocks")
            try:
                output = Output(concatenated_text)
                body(run, output)
                return output.text()
            finally:
                run.meter.leave()

        if self.root.blocks.get(node.name) is node:
            self.blocks[node.name] = content
        return body

    def filter_block(self, node: FilterBlock) -> Emit:
        """``{% filter %}``: its content as one text through the filters."""
        body = self.body(node.body)
        filters = [self.applied(each) for each in node.filters]
        position = node.position

        def emit(run: Environment, output: Output) -> None:
            inner = Output(concatenated_text)
            body(run, inner)
            value: Any = inner.text()
            for apply in filters:
                value = _through(run, apply, value)
            try:
                output.print(value)
            except ExpressionError as error:
                error.located(position)
                raise

        return emit


def _through(run: Environment, apply: Callable[[Environment, Evaluate], Any], value: Any) -> Any:
    return apply(run, lambda _: value)


def _elements(value: Any) -> list[Any]:
    if is_list(value):
        return as_list(value)
    if is_map(value):
        return [Entry(*item) for item in value.items()]
    raise ExpressionError("type", f"Tag `for` needs a list or a map, not {type_name(value)}")


def _repeat(
    run: Environment, output: Output, name: str, elements: list[Any], body: Emit, has_loop: bool
) -> None:
    variables = run.variables
    if not has_loop:
        for element in elements:
            variables[name] = element
            body(run, output)
            if len(output) > output.mark:
                output.compact()
        return
    length = len(elements)
    for index, element in enumerate(elements):
        variables[name] = element
        variables["loop"] = {
            "index": index,
            "first": index == 0,
            "last": index == length - 1,
            "length": length,
            "revindex": length - index - 1,
        }
        body(run, output)
        if len(output) > output.mark:
            output.compact()


_COMPILE: Final[dict[type, Callable[[StatementCompiler, Any], Emit]]] = {
    If: StatementCompiler.condition,
    For: StatementCompiler.loop,
    Set: StatementCompiler.assignment,
    Macro: StatementCompiler.macro,
    Block: StatementCompiler.block,
    FilterBlock: StatementCompiler.filter_block,
}
