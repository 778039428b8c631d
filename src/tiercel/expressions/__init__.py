"""The template language of flows: ``{{ … }}``, ``{% … %}``, ``{# … #}``.

A text is lexed, parsed and compiled to closures once, then rendered any number of times against
variables. Nothing of Python is reachable from a template: only maps, lists, texts, numbers,
booleans, null and dates.
"""

from tiercel.expressions.errors import ExpressionError, Kind
from tiercel.expressions.inspection import Reference, References, Use, inspect
from tiercel.expressions.local_services import LocalServices
from tiercel.expressions.rendering import (
    check_syntax,
    is_template,
    is_truthy,
    render,
    render_typed,
    render_value,
)
from tiercel.expressions.services import NoServices, Services
from tiercel.expressions.template import Template, compile_template

__all__ = [
    "ExpressionError",
    "Kind",
    "LocalServices",
    "NoServices",
    "Reference",
    "References",
    "Services",
    "Template",
    "Use",
    "check_syntax",
    "compile_template",
    "inspect",
    "is_template",
    "is_truthy",
    "render",
    "render_typed",
    "render_value",
]
