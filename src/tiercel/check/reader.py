"""Reads typed values out of nodes; what does not fit becomes a problem with its place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from tiercel.check.report import Report
from tiercel.expressions import ExpressionError, check_syntax, is_template
from tiercel.model.problems import Problem
from tiercel.model.yaml import Node
from tiercel.plugin.conform import Conform, Fitted
from tiercel.plugin.faults import Path, path_text
from tiercel.plugin.registry import Registry

_ID = r"^[a-zA-Z0-9][a-zA-Z0-9_-]*"
_UNQUOTED = frozenset({"yes", "no", "on", "off"})


class Reader:
    """Tools shared by the readers of the parts of one flow.

    Args:
        source: The flow's text, to point into block texts.

    Attributes:
        templates_seen: Every template that was met, with its path.
    """

    def __init__(self, registry: Registry, report: Report, source: str) -> None:
        self.registry = registry
        self.report = report
        self._source = source
        self._checked: dict[str, ExpressionError | None] = {}
        self._lines: list[str] | None = None
        self.templates_seen: list[tuple[Node, Path]] = []

    def object(
        self,
        model: type[BaseModel],
        node: Node,
        path: Path,
        *,
        ignore: frozenset[str] = frozenset(),
        literal: frozenset[str] = frozenset(),
        given: Mapping[str, Any] | None = None,
    ) -> Fitted | None:
        """Fit a map to a class; ``literal`` names properties that can't be templates.

        Returns:
            Its values, or None when something does not fit and was reported.
        """
        if not isinstance(node.value, dict):
            self.report.error(node, path, "must be a map", "write `key: value`")
            return None
        walk = Conform(self.registry, on_template=lambda at, item: self.template(item, at))
        fitted = walk.model(model, node.value, path, ignore=ignore, given=given)
        for fault in walk.faults:
            self.report.fault(fault, node)
        for at in walk.deprecated:
            self.report.deprecate(at)
        frozen = fitted.open & literal
        for name in sorted(frozen):
            self.report.error(
                node.value.get(name, node),
                (*path, name),
                "can't be a template",
                "write the value itself",
            )
        return None if walk.faults or frozen else fitted

    def template(self, node: Node, path: Path) -> None:
        """Check the syntax of a template, and remember it."""
        text = node.value
        self.templates_seen.append((node, path))
        if text not in self._checked:
            try:
                check_syntax(text)
                self._checked[text] = None
            except ExpressionError as error:
                self._checked[text] = error
        found = self._checked[text]
        if found is not None:
            line, column = self.place_in(node, found.line or 1, found.column or 1)
            message = found.problem or str(found)
            self.report.add(Problem(message, path_text(path), line, column, found.hint))

    def templates(self, node: Node, path: Path) -> None:
        """Check the syntax of every template in a value of any shape."""
        walk = Conform(self.registry, on_template=lambda at, item: self.template(item, at))
        walk.templates(node, path)

    def places_since(self, count: int, path: Path) -> dict[str, tuple[int, int]]:
        """Return where the templates stand that were met after the first ``count``.

        Those below ``path`` only, by their property path from there.
        """
        return {
            path_text(at[len(path) :]): self.place_in(node, 1, 1)
            for node, at in self.templates_seen[count:]
            if at[: len(path)] == path and len(at) > len(path)
        }

    def place_in(self, node: Node, line: int, column: int) -> tuple[int, int]:
        """Translate a place in a text to one in the source."""
        if not node.line:
            return (0, 0)
        if node.style in ("|", ">"):
            if self._lines is None:
                self._lines = self._source.splitlines()
            first = self._lines[node.line] if node.line < len(self._lines) else ""
            indent = len(first) - len(first.lstrip(" "))
            return (node.line + line, indent + column)
        quote = 1 if node.style else 0
        return (node.line, node.column + quote + (column - 1 if line == 1 else 0))

    def identifier(
        self,
        node: Node,
        key: str,
        path: Path,
        *,
        pattern: str = _ID,
        longest: int = 256,
        is_warning: bool = False,
    ) -> str:
        """Return an id; an empty text when it is missing or refused."""
        tell = self.report.warn if is_warning else self.report.error
        value = node.value.get(key)
        at = (*path, key)
        if value is None or value.value is None:
            self.report.error(value or node, at, "must not be null", f"give it an `{key}`")
            return ""
        if isinstance(value.value, (dict, list)):
            self.report.error(value, at, "must be text", f"give it an `{key}`")
            return ""
        text = value.text if value.text is not None else str(value.value)
        if isinstance(value.value, bool) or (not value.style and text.lower() in _UNQUOTED):
            self.report.error(value, at, f"`{text}` is not text", f'quote it: "{text}"')
        elif not re.fullmatch(pattern.lstrip("^"), text, re.ASCII):
            tell(value, at, f'must match "{pattern}"', _repaired(text, pattern))
        elif len(text) > longest:
            tell(value, at, f"size must be between 1 and {longest}", "shorten it")
        return text

    def list_of(self, node: Node | None, path: Path, what: str) -> list[tuple[Path, Node]]:
        """Return the items of a list with their paths; none when there is no list."""
        if node is None or node.value is None:
            return []
        if not isinstance(node.value, list):
            self.report.error(node, path, f"must be a list of {what}", "begin each with `- `")
            return []
        return [((*path, index), item) for index, item in enumerate(node.value)]

    def text(self, values: Mapping[str, Node], key: str, path: Path) -> str | None:
        """Return an optional text."""
        node = values.get(key)
        if node is None or node.value is None:
            return None
        if isinstance(node.value, (dict, list)):
            self.report.error(node, (*path, key), "must be text")
            return None
        return node.text if node.text is not None else str(node.value)

    def boolean(self, values: Mapping[str, Node], key: str, path: Path) -> bool:
        """Return an optional boolean, false when it is absent."""
        node = values.get(key)
        if node is None or node.value is None:
            return False
        if isinstance(node.value, bool):
            return node.value
        if node.value in ("true", "false"):
            return bool(node.value == "true")
        hint = "write the value itself" if is_template(node.value) else ""
        self.report.error(node, (*path, key), "must be true or false", hint)
        return False


def _repaired(text: str, pattern: str) -> str:
    """Offer an id that would do."""
    allowed = "a-zA-Z0-9._-" if "." in pattern else "a-zA-Z0-9_-"
    if "A-Z" not in pattern:
        text = text.lower()
    better = re.sub(rf"[^{allowed}]+", "-", text).strip("-._")
    return f"for instance `{better}`" if better else "use letters, digits, `-` and `_`"


def plain_map(node: Node | None) -> dict[str, Any]:
    """Return a map as plain values, empty when there is none."""
    plain = node.plain() if node is not None else None
    return plain if isinstance(plain, dict) else {}
