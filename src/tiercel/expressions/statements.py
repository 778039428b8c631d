"""Compiles literal text, prints and tags: closures that add to an output."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any, Final, TypeAlias

from tiercel.expressions import operators
from tiercel.expressions.closures import Evaluate, bound_pair
from tiercel.expressions.compiler import ExpressionCompiler
from tiercel.expressions.environment import NOTHING, Environment, InnerOutput, Output
from tiercel.expressions.errors import ExpressionError
from tiercel.expressions.limits import LARGE
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
    Unary,
)
from tiercel.expressions.signatures import MISSING, Missing
from tiercel.expressions.values import (
    Entry,
    as_list,
    is_list,
    is_map,
    type_name,
)

Emit: TypeAlias = Callable[[Environment, Output], None]
Step: TypeAlias = tuple[Evaluate, int, str, str, str]
"""A value to print, its position, the literal text after it, and the variable and key that it is
read by, both empty when it is more than ``name.key``."""
MacroBody: TypeAlias = Callable[[Environment, list[Any]], str]

_NODES_PER_STEP = 50
_CHUNK = 256
_SMALL = 2**62
_NO_PAIR = ("", "")


class LoopKind(Enum):
    """How the body of a loop reads the variable ``loop``."""

    UNSEEN = "not at all"
    ENDS = "to tell the first and the last step only"
    ENTRIES = "entry by entry, so that one map serves all steps"
    WHOLE = "as a whole, so that each step needs its own map"


_OF_ENDS: Final = frozenset({"loop.first", "loop.last", "loop.length"})


def _loop_kind(names: set[str]) -> LoopKind:
    """How a body reads ``loop``, by the names that it reads."""
    if "loop" in names:
        return LoopKind.WHOLE
    entries = {name for name in names if name.startswith("loop.")}
    if not entries:
        return LoopKind.UNSEEN
    return LoopKind.ENDS if entries <= _OF_ENDS else LoopKind.ENTRIES


class TypedOutput(Output):
    """An output that remembers what its prints printed.

    Attributes:
        printed: Index of the piece and value of each print.
    """

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
        emits: list[Emit] = []
        flat: list[Text | Print] = []
        for statement in statements:
            self.nodes += 1
            if isinstance(statement, (Text, Print)):
                flat.append(statement)
                continue
            if flat:
                emits.append(self._flat(flat))
                flat = []
            emits.append(_COMPILE[type(statement)](self, statement))
        if flat or not emits:
            emits.append(self._flat(flat))
        if len(emits) == 1:
            return emits[0]
        if len(emits) == 2:
            return _both(*emits)

        def emit(run: Environment, output: Output) -> None:
            for each in emits:
                each(run, output)

        return emit

    def _flat(self, statements: list[Text | Print]) -> Emit:
        """Literal text and prints, which need no call of their own."""
        head, steps = self._steps(statements)
        if not steps:
            return lambda run, output: output.append(head)
        quick_text, quick_integer = self._quick

        def emit(run: Environment, output: Output) -> None:
            append = output.append
            variables = run.variables
            if head:
                append(head)
            for evaluate, position, text, name, key in steps:
                holder = variables.get(name)
                value = holder[key] if type(holder) is dict and key in holder else evaluate(run)
                kind = type(value)
                if kind is quick_text and len(value) <= LARGE:
                    append(value)
                elif kind is quick_integer and -_SMALL < value < _SMALL:
                    append(str(value))
                else:
                    try:
                        output.print(value)
                    except ExpressionError as error:
                        error.located(position)
                        raise
                if text:
                    append(text)

        return emit

    def _steps(self, statements: list[Text | Print]) -> tuple[str, list[Step]]:
        """The text before the first print, then each print with the text after it."""
        head = ""
        steps: list[Step] = []
        for statement in statements:
            if isinstance(statement, Print):
                evaluate = self.expression(statement.expression)
                pair = bound_pair(statement.expression) or _NO_PAIR
                steps.append((evaluate, statement.position, "", *pair))
            elif steps:
                evaluate, position, text, name, key = steps[-1]
                steps[-1] = (evaluate, position, text + statement.text, name, key)
            else:
                head += statement.text
        return head, steps

    def _condition(self, node: Expression) -> tuple[Evaluate, bool]:
        """A condition without its ``not``, and the boolean for which it holds."""
        if isinstance(node, Unary) and node.operator == "not":
            return self.expression(node.operand), False
        return self.expression(node), True

    def condition(self, node: If) -> Emit:
        """``{% if %}``."""
        branches = [
            (*self._condition(condition), self.body(body)) for condition, body in node.branches
        ]
        otherwise = self.body(node.otherwise) if node.otherwise else None
        position = node.position
        if len(branches) == 1 and otherwise is None:
            return _guarded(*branches[0], position)

        def emit(run: Environment, output: Output) -> None:
            for condition, wanted, body in branches:
                value = condition(run)
                if value is not True and value is not False:
                    value = _truth(value, position)
                if value is wanted:
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
        kind = _loop_kind(self.names)
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
            outer = run.open_scope(name, kind is not LoopKind.UNSEEN)
            try:
                _repeat(run, output, name, elements, body, kind)
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
                output = InnerOutput()
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
                output = InnerOutput()
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
            inner = InnerOutput()
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


def _both(first: Emit, second: Emit) -> Emit:
    def emit(run: Environment, output: Output) -> None:
        first(run, output)
        second(run, output)

    return emit


def _guarded(condition: Evaluate, wanted: bool, body: Emit, position: int) -> Emit:
    """One branch and no other."""

    def emit(run: Environment, output: Output) -> None:
        value = condition(run)
        if value is not True and value is not False:
            value = _truth(value, position)
        if value is wanted:
            body(run, output)

    return emit


def _truth(value: Any, position: int) -> bool:
    """What a condition says that is neither true nor false itself."""
    try:
        return operators.truth(value, "Tag `if`")
    except ExpressionError as error:
        error.located(position)
        raise


def _elements(value: Any) -> list[Any]:
    if is_list(value):
        return as_list(value)
    if is_map(value):
        return [Entry(*item) for item in value.items()]
    raise ExpressionError("type", f"Tag `for` needs a list or a map, not {type_name(value)}")


def _repeat(
    run: Environment, output: Output, name: str, elements: list[Any], body: Emit, kind: LoopKind
) -> None:
    """Write the body for each element."""
    if kind is LoopKind.UNSEEN:
        _repeat_plainly(run, output, name, elements, body)
        return
    length = len(elements)
    state = _loop_state(0, length)
    variables = run.variables
    variables["loop"] = state
    if kind is LoopKind.ENDS:
        _repeat_plainly(run, output, name, elements[:1], body)
        state["first"] = False
        _repeat_plainly(run, output, name, elements[1:-1], body)
        if length > 1:
            state["last"] = True
            _repeat_plainly(run, output, name, elements[-1:], body)
        return
    for index, element in enumerate(elements):
        if kind is LoopKind.WHOLE:
            variables["loop"] = _loop_state(index, length)
        else:
            state.update(_loop_state(index, length))
        variables[name] = element
        body(run, output)
        if len(output) > output.mark:
            output.compact()


def _repeat_plainly(
    run: Environment, output: Output, name: str, elements: list[Any], body: Emit
) -> None:
    """Write the body for each element, with ``loop`` as it is."""
    if len(elements) > _CHUNK:
        for start in range(0, len(elements), _CHUNK):
            _repeat_plainly(run, output, name, elements[start : start + _CHUNK], body)
        return
    variables = run.variables
    for element in elements:
        variables[name] = element
        body(run, output)
    if len(output) > output.mark:
        output.compact()


def _loop_state(index: int, length: int) -> dict[str, object]:
    return {
        "index": index,
        "first": index == 0,
        "last": index == length - 1,
        "length": length,
        "revindex": length - index - 1,
    }


_COMPILE: Final[dict[type, Callable[[StatementCompiler, Any], Emit]]] = {
    If: StatementCompiler.condition,
    For: StatementCompiler.loop,
    Set: StatementCompiler.assignment,
    Macro: StatementCompiler.macro,
    Block: StatementCompiler.block,
    FilterBlock: StatementCompiler.filter_block,
}
