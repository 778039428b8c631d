"""Compiled templates and their cache."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from tiercel.expressions.closures import Evaluate
from tiercel.expressions.environment import Environment, Output
from tiercel.expressions.errors import ExpressionError
from tiercel.expressions.lexer import strip_raw_tags
from tiercel.expressions.limits import LARGE, NESTING, RENDER_PASSES, check_text_size, exceeded
from tiercel.expressions.nodes import Macro, Print, Root, Set
from tiercel.expressions.parser import parse
from tiercel.expressions.statements import Emit, StatementCompiler, TypedOutput
from tiercel.expressions.values import printed_text

if TYPE_CHECKING:
    from tiercel.expressions.services import Services

CACHED_TEMPLATES = 1000
_LONGEST_CACHED = 100_000


class Template:
    """A template ready to be rendered; never changes, may be shared between threads.

    Args:
        source: Text of the template.

    Raises:
        ExpressionError: Kind ``syntax``, or ``value`` when it is nested too deeply.
    """

    __slots__ = ("_body", "_compiler", "_lone", "root", "source")

    def __init__(self, source: str) -> None:
        self.source = source
        self._lone: Evaluate | None = None
        self._body: Emit | None = None
        try:
            self.root: Root = parse(source)
            self._compiler = StatementCompiler(self.root)
            body = self.root.body
            if len(body) == 1 and isinstance(body[0], Print):
                self._lone = self._compiler.expression(body[0].expression)
            else:
                self._body = self._compiler.body(body)
        except ExpressionError as error:
            error.in_template(source)
            raise
        except RecursionError:
            raise _too_deep().in_template(source) from None

    def render(self, context: Mapping[str, Any], services: Services) -> str:
        """The text of the template, once; raw tags are removed at the end.

        Args:
            context: The variables.
            services: The door to the outside.

        Raises:
            ExpressionError: Tied to the template, with line and column.
        """
        text = self.run(Environment(context, services))
        return strip_raw_tags(text) if "{%" in text else text

    def run(self, run: Environment) -> str:
        """The text of the template with raw tags kept, within a render that goes on."""
        try:
            if self._lone is not None:
                value = self._lone(run)
                text = value if type(value) is str else printed_text(value)
                if len(text) > LARGE:
                    check_text_size(len(text))
                return text
            run.blocks = self._compiler.blocks
            run.macros = self._compiler.macros
            output = Output()
            if self._body is not None:
                self._body(run, output)
            return output.text()
        except ExpressionError as error:
            error.in_template(self.source)
            raise
        except RecursionError:
            raise _too_deep().in_template(self.source) from None

    def value(self, context: Mapping[str, Any], services: Services, *, strict: bool) -> Any:
        """The value of a lone print, or else the text.

        Args:
            context: The variables.
            services: The door to the outside.
            strict: Refuse a print among other text, with an error of kind ``type``.
        """
        run = Environment(context, services)
        if self._lone is not None:
            try:
                return _without_raw_tags(self._lone(run))
            except ExpressionError as error:
                error.in_template(self.source)
                raise
            except RecursionError:
                raise _too_deep().in_template(self.source) from None
        return self._mixed_value(run, strict)

    def _mixed_value(self, run: Environment, strict: bool) -> Any:
        """The value of a template of several statements, of which one may print."""
        compiler = StatementCompiler(self.root, is_typed=True)
        output = TypedOutput()
        try:
            body = compiler.body(self.root.body)
            run.blocks, run.macros = compiler.blocks, compiler.macros
            body(run, output)
            text = output.text()
            if not output.printed:
                return strip_raw_tags(text)
            index, value = output.printed[0]
            is_lone = len(output) == 1 and all(
                isinstance(statement, (Print, Set, Macro)) for statement in self.root.body
            )
            if is_lone or (len(output) == 1 and not isinstance(value, str)):
                return _without_raw_tags(value)
            appends = index == 0 and isinstance(value, str) and len(output.printed) == 1
            if strict and not appends:
                raise ExpressionError("type", "A typed value must be one print and nothing else")
            return strip_raw_tags(text)
        except ExpressionError as error:
            error.in_template(self.source)
            raise
        except RecursionError:
            raise _too_deep().in_template(self.source) from None


def _without_raw_tags(value: Any) -> Any:
    return strip_raw_tags(value) if isinstance(value, str) else value


def _too_deep() -> ExpressionError:
    return exceeded("levels of nesting", NESTING)


_cached = lru_cache(maxsize=CACHED_TEMPLATES)(Template)


def compile_template(text: str) -> Template:
    """A template from the cache of the 1 000 last used ones, else compiled.

    Raises:
        ExpressionError: Kind ``syntax``, or ``value`` when it is nested too deeply.
    """
    return _cached(text) if len(text) <= _LONGEST_CACHED else Template(text)


def render_passes(text: str, run: Environment, *, recursive: bool) -> str:
    """A text rendered once, or until it stops changing; raw tags are kept.

    Args:
        text: The template.
        run: Render whose variables are seen; its meter counts the work.
        recursive: Whether to repeat.

    Raises:
        ExpressionError: Kind ``value`` when it keeps changing.
    """
    variables = run.visible()
    for _ in range(RENDER_PASSES):
        if "{" not in text:
            return text
        run.meter.step(1)
        before = text
        text = compile_template(text).run(Environment(variables, run.services, run.meter, run.root))
        if not recursive or text == before:
            return text
    raise ExpressionError("value", "Too many rendering attempts")


def rendered_text(text: str, run: Environment, *, recursive: bool) -> str:
    """As :func:`render_passes`, with raw tags removed at the end."""
    return strip_raw_tags(render_passes(text, run, recursive=recursive))
