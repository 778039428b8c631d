"""Writes a syntax tree as a template again: the inverse of the parser, for round trips."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tiercel.expressions import nodes
from tiercel.expressions.nodes import Arguments, Expression, Root, Statement


def unparse(root: Root) -> str:
    """A template that parses to an equal tree."""
    return _body(root.body)


def _body(statements: list[Statement]) -> str:
    return "".join(map(_statement, statements))


def _statement(node: Statement) -> str:
    match node:
        case nodes.Text():
            return (
                f"{{% verbatim %}}{node.text}{{% endverbatim %}}" if node.is_verbatim else node.text
            )
        case nodes.Print():
            return "{{ " + expression(node.expression) + " }}"
        case nodes.If():
            return _if(node)
        case nodes.For():
            otherwise = "" if node.otherwise is None else "{% else %}" + _body(node.otherwise)
            head = f"{{% for {node.name} in {expression(node.iterable)} %}}"
            return f"{head}{_body(node.body)}{otherwise}{{% endfor %}}"
        case nodes.Set():
            return f"{{% set {node.name} = {expression(node.value)} %}}"
        case nodes.Macro():
            parameters = ", ".join(
                name if default is None else f"{name}={expression(default)}"
                for name, default in node.parameters
            )
            return f"{{% macro {node.name}({parameters}) %}}{_body(node.body)}{{% endmacro %}}"
        case nodes.Block():
            return f"{{% block {node.name} %}}{_body(node.body)}{{% endblock %}}"
        case nodes.FilterBlock():
            filters = " | ".join(each.name + _arguments(each.arguments) for each in node.filters)
            return f"{{% filter {filters} %}}{_body(node.body)}{{% endfilter %}}"


def _if(node: nodes.If) -> str:
    pieces = []
    word = "if"
    for condition, body in node.branches:
        pieces.append(f"{{% {word} {expression(condition)} %}}{_body(body)}")
        word = "elseif"
    if node.otherwise is not None:
        pieces.append("{% else %}" + _body(node.otherwise))
    return "".join(pieces) + "{% endif %}"


def _arguments(arguments: Arguments) -> str:
    if not arguments.items:
        return ""
    return "(" + ", ".join(_argument(*item) for item in arguments.items) + ")"


def _argument(name: str | None, value: Expression, position: int) -> str:
    return expression(value) if name is None else f"{name}={expression(value)}"


def expression(node: Expression) -> str:
    """An expression with every operation in parentheses."""
    return _WRITERS[type(node)](node)


def _interpolated(node: nodes.Interpolated) -> str:
    parts = (
        part if isinstance(part, str) else "#{" + expression(part) + "}" for part in node.parts
    )
    return '"' + "".join(parts) + '"'


def _map(node: nodes.MapLiteral) -> str:
    entries = (f"{expression(key)}: {expression(value)}" for key, value in node.entries)
    return "{ " + ", ".join(entries) + " }"


def _attribute(node: nodes.Attribute) -> str:
    target, key = expression(node.target), expression(node.key)
    return f"({target}).{key}" if node.is_dotted else f"({target})[{key}]"


def _method(node: nodes.MethodCall) -> str:
    arguments = ", ".join(map(expression, node.arguments))
    return f"({expression(node.target)}).{node.name}({arguments})"


def _filter(node: nodes.Filter) -> str:
    assert node.operand is not None
    return f"({expression(node.operand)} | {node.name}{_arguments(node.arguments)})"


def _test(node: nodes.Test) -> str:
    word = "is not" if node.is_negated else "is"
    return f"({expression(node.operand)} {word} {node.name}{_arguments(node.arguments)})"


def _ternary(node: nodes.Ternary) -> str:
    chosen, other = expression(node.chosen), expression(node.other)
    return f"({expression(node.condition)} ? {chosen} : {other})"


_WRITERS: dict[type, Callable[[Any], str]] = {
    nodes.Literal: lambda node: node.source,
    nodes.Interpolated: _interpolated,
    nodes.ListLiteral: lambda node: "[" + ", ".join(map(expression, node.elements)) + "]",
    nodes.MapLiteral: _map,
    nodes.Name: lambda node: node.name,
    nodes.Attribute: _attribute,
    nodes.MethodCall: _method,
    nodes.Call: lambda node: node.name + (_arguments(node.arguments) or "()"),
    nodes.Filter: _filter,
    nodes.Test: _test,
    nodes.Unary: lambda node: f"({node.operator} {expression(node.operand)})",
    nodes.Binary: lambda node: (
        f"({expression(node.left)} {node.operator} {expression(node.right)})"
    ),
    nodes.Concatenation: lambda node: "(" + " ~ ".join(map(expression, node.parts)) + ")",
    nodes.Ternary: _ternary,
}


def shape(node: object) -> object:
    """A tree as plain tuples without positions, to be compared."""
    if isinstance(node, (list, tuple)):
        return tuple(map(shape, node))
    if isinstance(node, Arguments):
        return tuple((name, shape(value)) for name, value, _ in node.items)
    if isinstance(node, dict | frozenset) or not type(node).__module__.endswith("nodes"):
        return (type(node).__name__, repr(node)) if isinstance(node, float) else node
    fields = sorted(set(type(node).__slots__) - {"position", "source", "macros", "blocks"})
    return (type(node).__name__, *(shape(getattr(node, field)) for field in fields))
