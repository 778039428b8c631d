"""What types say of their outputs: names and types, and the JSON schema that comes from them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import TypeAdapter, WithJsonSchema

if TYPE_CHECKING:
    from tiercel.plugin.task import Plugin

StoredFile = Annotated[
    str,
    WithJsonSchema(
        {"type": "string", "format": "uri", "description": "URI of a file in internal storage."}
    ),
]
"""The ``kestra://`` URI of a file in internal storage."""


def outputs(**types: Any) -> Mapping[str, Any]:
    """Return outputs by name, each with the type of its value, for ``output_types``."""
    return MappingProxyType(types)


def output_properties(plugin: type[Plugin]) -> dict[str, Any]:
    """Return the JSON schema of each output of a type, by name."""
    return {
        name: TypeAdapter(kind).json_schema() for name, kind in sorted(plugin.output_types.items())
    }
