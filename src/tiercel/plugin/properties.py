"""Types of task properties: what YAML scalars and rendered templates turn into.

A flow may write a property as a literal or as a template, and a template always renders to text.
These types take both: text becomes the declared type, a list or map may be one text of JSON.
"""

from __future__ import annotations

import json
from typing import Annotated, Any

from pydantic import BeforeValidator


def as_text(value: Any) -> Any:
    """Return numbers, booleans, lists and maps as text, other values as they are."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
    return value


def from_json_text(value: Any) -> Any:
    """Parse a text that must hold a JSON list or map; other values come back as they are.

    Raises:
        ValueError: The text is not JSON.
    """
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except json.JSONDecodeError as error:
        raise ValueError(f"expected a list or a map, or a text of JSON, got {value!r}") from error


Text = Annotated[str, BeforeValidator(as_text)]
"""A text; YAML numbers and booleans are taken as written, lists and maps as JSON."""

TextList = Annotated[list[Text], BeforeValidator(from_json_text)]
"""A list of texts, or a text of JSON."""

TextMap = Annotated[dict[str, Text | None], BeforeValidator(from_json_text)]
"""A map to texts or null, or a text of JSON."""

ValueMap = Annotated[dict[str, Any], BeforeValidator(from_json_text)]
"""A map to any values, or a text of JSON."""
