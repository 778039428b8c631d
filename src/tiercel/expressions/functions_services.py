"""Functions that ask the outside: files, secrets, entries, other servers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tiercel.expressions.signatures import Function

FUNCTIONS: Final[Mapping[str, Function]] = {}
