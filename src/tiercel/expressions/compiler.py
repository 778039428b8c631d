"""Turns the syntax tree into closures: one function per node, given the render."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from tiercel.expressions import operators
from tiercel.expressions.attributes import attribute, call_method
from tiercel.expressions.closures import (
    LAZY,
    STRICT,
    TRANSPARENT,
    Evaluate,
    absent,
    applying,
    bound_name,
    bound_name_pair,
    charged,
    constant,
    constant_path,
    context_pair,
    fail,
    failing,
    failing_as,
    is_defined,
    joined,
    not_,
    rescuing,
    unknown,
    unknown_name,
    walk,
)
from tiercel.expressions.environment import Environment
from tiercel.expressions.errors import ExpressionError
from tiercel.expressions.library import FILTERS, FUNCTIONS, RENDERERS, TESTS
from tiercel.expressions.nodes import (
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
    Root,
    Ternary,
    Test,
    Unary,
)
from tiercel.expressions.signatures import Filter as FilterDeclaration
from tiercel.expressions.signatures import bound
from tiercel.expressions.values import is_list, is_map, java_text

_SEES_EVERYTHING: Final = frozenset(
    {"block", "render", "renderOnce", "printContext", "fetchContext"}
)


class ExpressionCompiler:
    """Compiles the expressions of one template.

    Attributes:
        root: The template.
        names: Names of variables read so far: ``loop`` when a loop may be read as a whole,
            ``loop.index`` and the like when only entries are.
        nodes: Number of nodes compiled so far.
    """

    __slots__ = ("names", "nodes", "root")

    def __init__(self, root: Root) -> None:
        self.root = root
        self.names: set[str] = set()
        self.nodes = 0

    def expression(self, node: Expression) -> Evaluate:
        """The closure that evaluates a node."""
        self.nodes += 1
        return _COMPILE[type(node)](self, node)

    def literal(self, node: Literal) -> Evaluate:
        """A constant."""
        value = node.value
        return lambda run: value

    def name(self, node: Name) -> Evaluate:
        """A variable; those that the template never binds are looked up in the context only."""
        name = node.name
        self.names.add(name)
        if name in self.root.bound_names:
            return bound_name(node, name)

        def evaluate(run: Environment) -> Any:
            try:
                return run.context[name]
            except KeyError:
                raise unknown_name(run, node) from None

        return evaluate

    def attribute(self, node: Attribute) -> Evaluate:
        """``target.name`` or ``target[key]``."""
        path = constant_path(node)
        if path is not None:
            return self._path(node, *path)
        target = self.expression(node.target)
        owner = node.target.name if isinstance(node.target, Name) else None
        position = node.position
        key = self.expression(node.key)

        def evaluate(run: Environment) -> Any:
            value = target(run)
            index = key(run)
            if type(value) is dict and type(index) is str and index in value:
                return value[index]
            try:
                return attribute(run, value, index, owner)
            except ExpressionError as error:
                error.located(position)
                raise

        return evaluate

    def _path(self, node: Attribute, root: Name, keys: tuple[str, ...]) -> Evaluate:
        """A variable followed by constant texts as keys."""
        name = root.name
        self.names.add(f"loop.{keys[0]}" if name == "loop" else name)
        if name in self.root.bound_names:
            if len(keys) == 1:
                return bound_name_pair(node, name, keys[0])

            def evaluate_bound(run: Environment) -> Any:
                variables = run.variables
                try:
                    value = variables[name] if name in variables else run.context[name]
                    for key in keys:
                        if type(value) is not dict:
                            return walk(run, node)
                        value = value[key]
                except KeyError:
                    return walk(run, node)
                return value

            return evaluate_bound
        if len(keys) == 1:
            return context_pair(node, name, keys[0])

        def evaluate(run: Environment) -> Any:
            try:
                value = run.context[name]
                for key in keys:
                    if type(value) is not dict:
                        return walk(run, node)
                    value = value[key]
            except KeyError:
                return walk(run, node)
            return value

        return evaluate

    def method_call(self, node: MethodCall) -> Evaluate:
        """``target.name(arguments)``."""
        target = self.expression(node.target)
        arguments = [self.expression(argument) for argument in node.arguments]
        name, position = node.name, node.position

        def evaluate(run: Environment) -> Any:
            value = target(run)
            given = [argument(run) for argument in arguments]
            try:
                if isinstance(value, str):
                    run.handle(len(value))
                return charged(run, call_method(run, value, name, given))
            except ExpressionError as error:
                error.located(position)
                raise

        return evaluate

    def interpolated(self, node: Interpolated) -> Evaluate:
        """``"a#{b}"``; a lone interpolation is the value itself."""
        if len(node.parts) == 1 and not isinstance(node.parts[0], str):
            return self.expression(node.parts[0])
        parts = [
            constant(part) if isinstance(part, str) else self.expression(part)
            for part in node.parts
        ]
        return joined(parts, node.position)

    def concatenation(self, node: Concatenation) -> Evaluate:
        """``a ~ b``."""
        return joined([self.expression(part) for part in node.parts], node.position)

    def list_literal(self, node: ListLiteral) -> Evaluate:
        """``[a, b]``."""
        elements = [self.expression(element) for element in node.elements]
        return lambda run: [element(run) for element in elements]

    def map_literal(self, node: MapLiteral) -> Evaluate:
        """``{a: b}``; lists and maps as keys become texts."""
        entries = [(self.expression(key), self.expression(value)) for key, value in node.entries]

        def evaluate(run: Environment) -> Any:
            found: dict[Any, Any] = {}
            for key, value in entries:
                name = key(run)
                if is_list(name) or is_map(name):
                    name = java_text(name)
                found[name] = value(run)
            return found

        return evaluate

    def unary(self, node: Unary) -> Evaluate:
        """``not``, ``-``, ``+``."""
        operand, position = self.expression(node.operand), node.position
        if node.operator == "not":
            return not_(operand, position)
        function = operators.negative if node.operator == "-" else operators.positive

        def evaluate(run: Environment) -> Any:
            value = operand(run)
            try:
                return function(value)
            except ExpressionError as error:
                error.located(position)
                raise

        return evaluate

    def binary(self, node: Binary) -> Evaluate:
        """Every operator with two sides but ``~``, filters and tests."""
        left, right = self.expression(node.left), self.expression(node.right)
        position = node.position
        special = LAZY.get(node.operator)
        if special is not None:
            return special(left, right, position)
        function = STRICT[node.operator]
        hides_undefined = node.operator not in TRANSPARENT

        def evaluate(run: Environment) -> Any:
            try:
                return function(run, left(run), right(run))
            except ExpressionError as error:
                if hides_undefined:
                    error.uncovered()
                error.located(position)
                raise

        return evaluate

    def ternary(self, node: Ternary) -> Evaluate:
        """``a ? b : c``."""
        condition = self.expression(node.condition)
        chosen, other = self.expression(node.chosen), self.expression(node.other)
        position = node.position

        def evaluate(run: Environment) -> Any:
            value = condition(run)
            if value is None:
                return other(run)
            try:
                holds = operators.truth(value, "The condition of `?`")
            except ExpressionError as error:
                error.located(position)
                raise
            return chosen(run) if holds else other(run)

        return evaluate

    def call(self, node: Call) -> Evaluate:
        """A function or a macro."""
        name, position = node.name, node.position
        if name in _SEES_EVERYTHING:
            self.names.add("loop")
        if name in ("block", "parent"):
            return self._block(node)
        found = FUNCTIONS.get(name)
        if found is None:
            return self._macro(node)
        if found.parameters is None:
            if any(given is not None for given, _, _ in node.arguments.items):
                problem = f"Function `{name}` takes no named arguments"
                return failing(lambda: ExpressionError("type", problem, position=position))
            slots: list[Expression | None] = [value for _, value, _ in node.arguments.items]
        else:
            try:
                slots = bound(
                    f"function `{name}`", found.parameters, found.required, node.arguments
                )
            except ExpressionError as error:
                return failing_as(error, position)
        arguments = [self._argument(slot) for slot in slots]
        function = found.function
        is_renderer = name in RENDERERS

        def evaluate(run: Environment) -> Any:
            if is_renderer and run.services.is_recursive:
                raise unknown("function", name, position, FUNCTIONS)
            given = [argument(run) for argument in arguments]
            try:
                return charged(run, function(run, *given))
            except ExpressionError as error:
                error.located(position)
                raise

        return evaluate

    def _argument(self, slot: Expression | None) -> Evaluate:
        return absent if slot is None else self.expression(slot)

    def _block(self, node: Call) -> Evaluate:
        """``block(name)``; ``parent()`` has nothing it could mean."""
        position = node.position
        if node.name == "parent":
            problem = "Function `parent` needs a template that extends another one"
            return failing(lambda: ExpressionError("value", problem, position=position))
        try:
            slots = bound("function `block`", ("name",), 1, node.arguments)
        except ExpressionError as error:
            return failing_as(error, position)
        argument = self._argument(slots[0])

        def evaluate(run: Environment) -> Any:
            name = argument(run)
            body = run.blocks.get(name) if isinstance(name, str) else None
            return "" if body is None else body(run)

        return evaluate

    def _macro(self, node: Call) -> Evaluate:
        name, position = node.name, node.position
        macro = self.root.macros.get(name)
        if macro is None:
            known = [*FUNCTIONS, *self.root.macros]
            return failing(lambda: unknown("function", name, position, known))
        parameters = tuple(parameter for parameter, _ in macro.parameters)
        try:
            slots = bound(f"macro `{name}`", parameters, 0, node.arguments)
        except ExpressionError as error:
            return failing_as(error, position)
        arguments = [self._argument(slot) for slot in slots]

        def evaluate(run: Environment) -> Any:
            given = [argument(run) for argument in arguments]
            try:
                return charged(run, run.macros[name](run, given))
            except ExpressionError as error:
                error.located(position)
                raise

        return evaluate

    def filter(self, node: Filter) -> Evaluate:
        """``operand | name(arguments)``."""
        operand = self.expression(node.operand) if node.operand is not None else absent
        apply = self.applied(node)

        def evaluate(run: Environment) -> Any:
            return apply(run, operand)

        return evaluate

    def applied(self, node: Filter) -> Callable[[Environment, Evaluate], Any]:
        """A filter with its arguments, to be given the render and the closure of its input."""
        name, position = node.name, node.position
        found = FILTERS.get(name)
        if found is None:
            return lambda run, operand: fail(unknown("filter", name, position, FILTERS))
        try:
            arguments = self._filter_arguments(found, node.arguments, name)
        except ExpressionError as error:
            raised = error.located(position)
            return lambda run, operand: fail(raised.fresh())
        if found.takes_undefined:
            return rescuing(found.function, arguments, position)
        return applying(found, arguments, position)

    def _filter_arguments(
        self, found: FilterDeclaration, arguments: Arguments, name: str
    ) -> list[Evaluate]:
        if found.parameters is None:
            return [self.expression(value) for given, value, _ in arguments.items if given is None]
        slots = bound(f"filter `{name}`", found.parameters, found.required, arguments)
        return [self._argument(slot) for slot in slots]

    def test(self, node: Test) -> Evaluate:
        """``operand is name``."""
        operand, position, name = self.expression(node.operand), node.position, node.name
        is_negated = node.is_negated
        if name == "defined":
            return lambda run: is_defined(run, operand) is not is_negated
        function = TESTS.get(name)
        if function is None:
            return failing(lambda: unknown("test", name, position, [*TESTS, "defined"]))

        def evaluate(run: Environment) -> Any:
            value = operand(run)
            try:
                return function(value) is not is_negated
            except ExpressionError as error:
                error.located(position)
                raise

        return evaluate


_COMPILE: Final[dict[type, Callable[[ExpressionCompiler, Any], Evaluate]]] = {
    Literal: ExpressionCompiler.literal,
    Interpolated: ExpressionCompiler.interpolated,
    ListLiteral: ExpressionCompiler.list_literal,
    MapLiteral: ExpressionCompiler.map_literal,
    Name: ExpressionCompiler.name,
    Attribute: ExpressionCompiler.attribute,
    MethodCall: ExpressionCompiler.method_call,
    Call: ExpressionCompiler.call,
    Filter: ExpressionCompiler.filter,
    Test: ExpressionCompiler.test,
    Unary: ExpressionCompiler.unary,
    Binary: ExpressionCompiler.binary,
    Concatenation: ExpressionCompiler.concatenation,
    Ternary: ExpressionCompiler.ternary,
}
