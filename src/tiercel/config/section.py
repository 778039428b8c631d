"""How a section of settings is declared."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field


def kebab(name: str) -> str:
    """Return a field's name as it is written in keys."""
    return name.replace("_", "-")


def setting(default: Any, says: str, *, path: str = "", also: tuple[str, ...] = ()) -> Any:
    """Declare a setting.

    Args:
        says: What it does, for the documentation.
        path: Its key below the section's prefix, when it is not the field's name.
        also: Further whole keys under which it is taken.
    """
    extra: dict[str, Any] = {"path": path, "also": list(also)}
    return Field(default=default, description=says, json_schema_extra=extra)


class Section(BaseModel):
    """Settings whose keys begin with ``prefix``, or with one of ``more_prefixes``."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    prefix: ClassVar[str]
    more_prefixes: ClassVar[tuple[str, ...]] = ()
    title: ClassVar[str]
