"""The one error of the template language, and how it describes itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar, Literal

from tiercel.model.errors import TiercelError

Kind = Literal["undefined", "syntax", "type", "value"]

_SHOWN_BEFORE = 80
_SHOWN_AFTER = 120


class ExpressionError(TiercelError):
    """A template can't be parsed, or can't be evaluated against its context.

    Args:
        kind: ``undefined`` (a name, key, index or method does not exist), ``syntax`` (can't be
            parsed; unknown tag, filter, function or test), ``type`` (a value of the wrong type) or
            ``value`` (right type, unusable value, or a limit was hit).
        problem: What is wrong, without the place. For ``undefined`` it may stay empty.
        name: The name, key, filter or function that is at fault.
        position: Offset of the offending token in the template, when known.
        known: The names that do exist at that place; the nearest of them become ``near``.
        hint: How to mend it.

    Attributes:
        line: Line in the template, from 1; None until the template is known.
        column: Column in the template, from 1; None until the template is known.
        template: Source of the template at fault.
        property_path: Where the template stands in the flow, as given to :meth:`at`.
        source_line: Line of the template in the YAML source, as given to :meth:`at`.
        source_column: Column of the template in the YAML source, as given to :meth:`at`.
    """

    code: ClassVar[str] = "expression"
    http_status: ClassVar[int] = 422

    def __init__(
        self,
        kind: Kind,
        problem: str = "",
        *,
        name: str | None = None,
        position: int | None = None,
        known: Iterable[object] | None = None,
        hint: str = "",
    ) -> None:
        super().__init__(problem, hint=hint)
        self.kind: Kind = kind
        self.problem = problem
        self.name = name
        self.position = position
        self.is_covered = kind == "undefined"
        self.line: int | None = None
        self.column: int | None = None
        self.template: str | None = None
        self.property_path: str | None = None
        self.source_line: int | None = None
        self.source_column: int | None = None
        self._known = known
        self._callers: list[str] = []

    @property
    def near(self) -> list[str]:
        """Up to three existing names that resemble :attr:`name`, best first."""
        if self.name is None or self._known is None:
            return []
        from difflib import get_close_matches

        names = [str(word) for word in self._known if isinstance(word, (str, int))][:2000]
        close = get_close_matches(self.name, names, n=3, cutoff=0.6)
        folded = self.name.lower()
        return close or [word for word in names if word.lower() == folded][:3]

    def fresh(self) -> ExpressionError:
        """A new error that says the same, for a fault that is known before it is met."""
        return ExpressionError(
            self.kind,
            self.problem,
            name=self.name,
            position=self.position,
            known=self._known,
            hint=self.hint,
        )

    def located(self, position: int) -> ExpressionError:
        """Set the offset of the offending token unless a closer one is known; returns itself."""
        if self.position is None and self.template is None:
            self.position = position
        return self

    def uncovered(self) -> ExpressionError:
        """Say that neither ``??`` nor ``default`` may rescue this one any more; returns itself."""
        self.is_covered = False
        return self

    def in_template(self, source: str) -> ExpressionError:
        """Tie the error to the template it happened in; the innermost call fixes line and column.

        Further calls add the templates that were rendering the inner one. Returns itself.
        """
        if self.template is None:
            self.template = source
            offset = min(self.position or 0, len(source))
            self.line = source.count("\n", 0, offset) + 1
            self.column = offset - (source.rfind("\n", 0, offset) + 1) + 1
            if not self.hint:
                self.hint = self._suggestion()
        elif source != self.template or self._callers:
            self._callers.append(source)
        self._compose()
        return self

    def at(self, path: str, line: int | None = None, column: int | None = None) -> ExpressionError:
        """Say where the template stands in the flow.

        Args:
            path: Property path, such as ``tasks[0].message``. Put before a path set earlier.
            line: Line of the template in the YAML source, from 1.
            column: Column of the template in the YAML source, from 1.

        Returns:
            The error itself, so that it can be raised at once.
        """
        inner = self.property_path
        if inner is None:
            self.property_path = path
        else:
            self.property_path = path + inner if inner.startswith("[") else f"{path}.{inner}"
        self.source_line = line if line is not None else self.source_line
        self.source_column = column if column is not None else self.source_column
        self._compose()
        return self

    def _suggestion(self) -> str:
        near = self.near
        if near:
            return "Did you mean " + " or ".join(f"`{word}`" for word in near) + "?"
        if self.kind == "undefined" and isinstance(self._known, Mapping) and self._known:
            names = ", ".join(f"`{word}`" for word, _ in zip(self._known, range(10), strict=False))
            return f"These exist: {names}"
        return ""

    def _compose(self) -> None:
        where = f"`{_shortened(self.template or '', self.position or 0)}`"
        if self.kind == "undefined" and not self.problem:
            text = f"Unable to find `{self.name}` used in the expression {where}"
        else:
            text = f"{self.problem} in the expression {where}"
        text += f" at line {self.line}, column {self.column}"
        for caller in self._callers:
            text += f", rendered by `{_shortened(caller, 0)}`"
        if self.property_path:
            place = f" (property `{self.property_path}`"
            if self.source_line is not None:
                column = self.source_column
                place += f", line {self.source_line}"
                place += " of the flow" if column is None else f", column {column} of the flow"
            text += place + ")"
        self.message = text
        self.args = (text,)


def _shortened(source: str, position: int) -> str:
    """The template, or the part of it around the position when it is long."""
    if len(source) <= _SHOWN_BEFORE + _SHOWN_AFTER:
        return source
    start = max(0, position - _SHOWN_BEFORE)
    end = min(len(source), position + _SHOWN_AFTER)
    return ("…" if start else "") + source[start:end] + ("…" if end < len(source) else "")
