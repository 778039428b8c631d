"""Rendering of texts and of nested values: what the rest of the program calls."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Any, Final

from tiercel.expressions.environment import Environment
from tiercel.expressions.errors import ExpressionError
from tiercel.expressions.limits import NESTING, exceeded
from tiercel.expressions.local_services import LocalServices
from tiercel.expressions.template import compile_template, rendered_text

if TYPE_CHECKING:
    from tiercel.expressions.services import Services

_LOCAL: Final = LocalServices()
_FALSE: Final = frozenset({"", "false", "0", "-0"})


def render(template: str, context: Mapping[str, Any], services: Services | None = None) -> str:
    """The text of a template.

    Args:
        template: Any text; without a ``{`` it is returned as it is.
        context: The variables: maps, lists, texts, numbers, booleans, null, dates.
        services: The door to files, secrets and the like; by default only clock and randomness.

    Raises:
        ExpressionError: With the place in the template.
    """
    if "{" not in template:
        return template
    services = services or _LOCAL
    if services.is_recursive:
        run = Environment(context, services)
        return rendered_text(template, run, recursive=True)
    return compile_template(template).render(context, services)


def render_typed(
    template: str,
    context: Mapping[str, Any],
    services: Services | None = None,
    *,
    strict: bool = False,
) -> Any:
    """The value of a template that is one print and nothing else, with its type; else its text.

    Args:
        template: Any text.
        context: The variables.
        services: As for :func:`render`.
        strict: Refuse prints among other text instead of giving text. Text after a printed text is
            appended even so.

    Raises:
        ExpressionError: As for :func:`render`; kind ``type`` when ``strict`` refuses.
    """
    if "{" not in template:
        return template
    services = services or _LOCAL
    value = compile_template(template).value(context, services, strict=strict)
    if services.is_recursive and isinstance(value, str):
        return render(template, context, services)
    return value


def render_value(value: Any, context: Mapping[str, Any], services: Services | None = None) -> Any:
    """A value with all texts in it rendered, keys of maps included.

    Of two keys that become equal the first entry stays. Numbers, booleans, null and anything else
    stay as they are.

    Raises:
        ExpressionError: With the path inside the value, such as ``files[0].name``.
    """
    return _rendered(value, context, services, 0)


def _rendered(value: Any, context: Mapping[str, Any], services: Services | None, depth: int) -> Any:
    if isinstance(value, str):
        return render(value, context, services)
    if not isinstance(value, (Mapping, list, tuple, AbstractSet)):
        return value
    if depth > NESTING:
        raise exceeded("levels of nesting", NESTING)
    if isinstance(value, Mapping):
        return _rendered_map(value, context, services, depth)
    found = []
    for index, element in enumerate(value):
        try:
            found.append(_rendered(element, context, services, depth + 1))
        except ExpressionError as error:
            error.at(f"[{index}]")
            raise
    return set(found) if isinstance(value, AbstractSet) else found


def _rendered_map(
    value: Mapping[Any, Any], context: Mapping[str, Any], services: Services | None, depth: int
) -> dict[Any, Any]:
    found: dict[Any, Any] = {}
    for key, element in value.items():
        try:
            name = render(key, context, services) if isinstance(key, str) else key
            if name not in found:
                found[name] = _rendered(element, context, services, depth + 1)
        except ExpressionError as error:
            error.at(str(key))
            raise
    return found


def is_truthy(text: str | None) -> bool:
    """Whether a rendered condition holds: all but the empty text, ``false``, ``0`` and ``-0``."""
    return text is not None and text not in _FALSE


def is_template(value: object) -> bool:
    """Whether a value is a text with a print, a tag or a comment in it."""
    return isinstance(value, str) and ("{{" in value or "{%" in value or "{#" in value)


def check_syntax(text: str) -> None:
    """Parse a template without running it.

    Raises:
        ExpressionError: Kind ``syntax``, or ``value`` when it is nested too deeply; with the place.
    """
    if "{" in text:
        compile_template(text)
