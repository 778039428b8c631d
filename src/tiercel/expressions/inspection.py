"""The static view of a template: what it reads, with positions, without running it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tiercel.expressions.nodes import (
    Arguments,
    Attribute,
    Binary,
    Block,
    Call,
    Concatenation,
    Expression,
    Filter,
    FilterBlock,
    For,
    If,
    Interpolated,
    ListLiteral,
    Literal,
    Macro,
    MapLiteral,
    MethodCall,
    Name,
    Print,
    Set,
    Statement,
    Ternary,
    Test,
    Text,
    Unary,
)
from tiercel.expressions.template import compile_template


class Reference(NamedTuple):
    """A variable that a template reads, with the constant part of its path.

    Attributes:
        path: Name of the variable, then the constant keys up to the first computed one.
        line: Line of the name in the template, from 1.
        column: Column of the name in the template, from 1.
        is_guarded: Whether a missing value is rescued (``??``, ``default``, ``is defined``).
        is_whole: Whether the path is complete: no computed key or method call follows.
    """

    path: tuple[str | int, ...]
    line: int
    column: int
    is_guarded: bool = False
    is_whole: bool = True

    @property
    def name(self) -> str:
        """The variable."""
        return str(self.path[0])


class Use(NamedTuple):
    """A filter, function, macro or test that a template uses.

    Attributes:
        name: As written.
        line: Line in the template, from 1.
        column: Column in the template, from 1.
    """

    name: str
    line: int
    column: int


class References(NamedTuple):
    """Everything a template reads or uses, in the order of writing.

    Attributes:
        variables: Variables of the context; those that the template binds itself are left out.
        functions: Functions, macros left out.
        filters: Filters, those of ``filter`` tags included.
        tests: Tests.
        macros: Names of the macros the template defines.
    """

    variables: tuple[Reference, ...] = ()
    functions: tuple[Use, ...] = ()
    filters: tuple[Use, ...] = ()
    tests: tuple[Use, ...] = ()
    macros: tuple[str, ...] = ()

    @property
    def outputs(self) -> tuple[Reference, ...]:
        """Reads of the outputs of tasks; ``path[1]`` is the task, where it is constant."""
        return self._of("outputs")

    @property
    def inputs(self) -> tuple[Reference, ...]:
        """Reads of inputs; ``path[1]`` is the input, where it is constant."""
        return self._of("inputs")

    def _of(self, name: str) -> tuple[Reference, ...]:
        return tuple(reference for reference in self.variables if reference.path[0] == name)


def inspect(template: str) -> References:
    """What a template reads and uses.

    Args:
        template: Any text.

    Raises:
        ExpressionError: Kind ``syntax`` when it can't be parsed.
    """
    if "{" not in template:
        return References()
    root = compile_template(template).root
    walk = _Walk(template, set(root.macros))
    walk.statements(root.body)
    return References(
        tuple(walk.variables),
        tuple(walk.functions),
        tuple(walk.filters),
        tuple(walk.tests),
        tuple(root.macros),
    )


class _Walk:
    """Collects what one template reads."""

    __slots__ = ("bound", "filters", "functions", "macros", "source", "tests", "variables")

    def __init__(self, source: str, macros: set[str]) -> None:
        self.source = source
        self.macros = macros
        self.bound: set[str] = set()
        self.variables: list[Reference] = []
        self.functions: list[Use] = []
        self.filters: list[Use] = []
        self.tests: list[Use] = []

    def statements(self, statements: list[Statement]) -> None:
        for statement in statements:
            self._statement(statement)

    def _statement(self, node: Statement) -> None:
        if isinstance(node, Print):
            self._read(node.expression, False)
        elif isinstance(node, If):
            for condition, body in node.branches:
                self._read(condition, False)
                self.statements(body)
            self.statements(node.otherwise or [])
        elif isinstance(node, For):
            self._loop(node)
        elif isinstance(node, Set):
            self._read(node.value, False)
            self.bound.add(node.name)
        elif isinstance(node, Macro):
            self._macro(node)
        elif isinstance(node, Block):
            self.statements(node.body)
        elif isinstance(node, FilterBlock):
            for each in node.filters:
                self._use(self.filters, each.name, each.position)
                self._arguments(each.arguments, False)
            self.statements(node.body)
        else:
            assert isinstance(node, Text)  # noqa: S101 - the last kind of statement

    def _loop(self, node: For) -> None:
        self._read(node.iterable, False)
        outer = set(self.bound)
        self.bound |= {node.name, "loop"}
        self.statements(node.body)
        self.bound = outer
        self.statements(node.otherwise or [])

    def _macro(self, node: Macro) -> None:
        """The body of a macro sees its parameters only, so it reads nothing of the context."""
        outer, variables = self.bound, self.variables
        self.variables = []
        for _, default in node.parameters:
            if default is not None:
                self._read(default, False)
        self.statements(node.body)
        self.bound, self.variables = outer, variables

    def _place(self, position: int) -> tuple[int, int]:
        line = self.source.count("\n", 0, position) + 1
        return line, position - self.source.rfind("\n", 0, position)

    def _use(self, found: list[Use], name: str, position: int) -> None:
        found.append(Use(name, *self._place(position)))

    def _arguments(self, arguments: Arguments, guarded: bool) -> None:
        for _, value, _ in arguments.items:
            self._read(value, guarded)

    def _read(self, node: Expression, guarded: bool) -> None:
        if isinstance(node, (Name, Attribute)):
            self._path(node, guarded)
            return
        if isinstance(node, Filter):
            self._use(self.filters, node.name, node.position)
            if node.operand is not None:
                self._read(node.operand, guarded or node.name == "default")
            self._arguments(node.arguments, guarded)
            return
        if isinstance(node, Test):
            self._use(self.tests, node.name, node.position)
            self._read(node.operand, guarded or node.name == "defined")
            return
        if isinstance(node, Call):
            if node.name not in self.macros:
                self._use(self.functions, node.name, node.position)
            self._arguments(node.arguments, guarded)
            return
        if isinstance(node, Binary) and node.operator in ("??", "???"):
            self._read(node.left, True)
            self._read(node.right, guarded)
            return
        for child in _children(node):
            self._read(child, guarded)

    def _path(self, node: Name | Attribute, guarded: bool) -> None:
        """A variable with its keys; computed keys are read on their own."""
        steps: list[Expression] = []
        current: Expression = node
        while isinstance(current, Attribute):
            steps.append(current.key)
            current = current.target
        steps.reverse()
        keys: list[str | int] = []
        is_whole = True
        for key in steps:
            constant = key.value if isinstance(key, Literal) else None
            if is_whole and isinstance(constant, (str, int)) and not isinstance(constant, bool):
                keys.append(constant)
            else:
                is_whole = False
        if not isinstance(current, Name):
            self._read(current, guarded)
        elif current.name not in self.bound:
            self.variables.append(
                Reference((current.name, *keys), *self._place(current.position), guarded, is_whole)
            )
        for key in steps:
            self._read(key, guarded)


def _children(node: Expression) -> Iterator[Expression]:
    if isinstance(node, Interpolated):
        yield from (part for part in node.parts if not isinstance(part, str))
    elif isinstance(node, ListLiteral):
        yield from node.elements
    elif isinstance(node, MapLiteral):
        for key, value in node.entries:
            yield key
            yield value
    elif isinstance(node, MethodCall):
        yield node.target
        yield from node.arguments
    elif isinstance(node, Unary):
        yield node.operand
    elif isinstance(node, Binary):
        yield node.left
        yield node.right
    elif isinstance(node, Concatenation):
        yield from node.parts
    elif isinstance(node, Ternary):
        yield node.condition
        yield node.chosen
        yield node.other
