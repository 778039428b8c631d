"""Compiles literal text, prints and tags: closures that add to an output."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

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
from tiercel.expressions.signatures import MISSING
from tiercel.expressions.values import Entry, as_list, concatenated_text, is_list, is_map, type_name

Emit: TypeAlias = Callable[[Environment, Output], None]
MacroBody: TypeAlias = Callable[[Environment, list[Any]], str]

_NODES_PER_STEP = 50


class TypedOutput(Output):
    """An output that remembers what its prints printed."""

    __slots__ = ("printed",)

    def __init__(self) -> None:
        super().__init__()
        self.printed: list[tuple[int, object]] = []


class StatementCompiler(ExpressionCompiler):
    """Compiles one template, statements included.

    Attributes:
        blocks: Content of each block, as text.
        macros: Body of each macro, as text.
    """

    __slots__ = ("blocks", "macros")

    def __init__(self, root: Root) -> None:
        super().__init__(root)
        self.blocks: dict[str, Evaluate] = {}
        self.macros: dict[str, MacroBody] = {}

    def body(self, statements: list[Statement]) -> Emit:
        """The closure that writes all statements in order."""
        emits = [self.statement(statement) for statement in statements]
        if len(emits) == 1:
            return emits[0]

        def emit(run: Environment, output: Output) -> None:
            for each in emits:
                each(run, output)

        return emit

    def statement(self, node: Statement) -> Emit:
        """The closure that writes one statement."""
        self.nodes += 1
        return _COMPILE[type(node)](self, node)

    def text(self, node: Text) -> Emit:
        """Literal text."""
        text = node.text
        return lambda run, output: output.append(text)

    def print(self, node: Print) -> Emit:
        """``{{ expression }}``."""
        evaluate, position = self.expression(node.expression), node.position

        def emit(run: Environment, output: Output) -> None:
            value = evaluate(run)
            if type(value) is str:
                text = value
            else:
                try:
                    text = output.to_text(value)
                except ExpressionError as error:
                    error.located(position)
                    raise
            if len(text) > LARGE:
                output.account(len(text))
            output.append(text)

        return emit

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
                run = Environment(NOTHING, caller.services, meter)
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
                text = output.to_text(value)
            except ExpressionError as error:
                error.located(position)
                raise
            output.account(len(text))
            output.append(text)

        return emit


class TypedCompiler(StatementCompiler):
    """Compiles a template whose prints keep their values."""

    __slots__ = ()

    def print(self, node: Print) -> Emit:
        """``{{ expression }}``, recorded with its value."""
        evaluate = self.expression(node.expression)
        written = super().print(node)

        def emit(run: Environment, output: Output) -> None:
            if not isinstance(output, TypedOutput):
                written(run, output)
                return
            value = evaluate(run)
            output.printed.append((len(output), value))
            output.append(output.to_text(value))

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
    Text: lambda compiler, node: compiler.text(node),
    Print: lambda compiler, node: compiler.print(node),
    If: StatementCompiler.condition,
    For: StatementCompiler.loop,
    Set: StatementCompiler.assignment,
    Macro: StatementCompiler.macro,
    Block: StatementCompiler.block,
    FilterBlock: StatementCompiler.filter_block,
}
