"""Names, week rules and styles of locales, out of CLDR. Loaded on first use."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final

from tiercel.expressions.errors import ExpressionError

_LOCALE: Final = re.compile(r"[a-z]{2,3}(?:[_-][A-Z]{2}(?:[_-]\w+)?|[_-][0-9]{3})?")


@lru_cache(maxsize=64)
def babel_locale(name: str) -> Any:
    """CLDR data of a locale such as ``fr``, ``fr_FR`` or ``fr-FR``; English for unknown ones.

    Raises:
        ExpressionError: Kind ``value`` for a malformed name.
    """
    from babel.core import Locale, UnknownLocaleError

    if _LOCALE.fullmatch(name) is None:
        raise ExpressionError(
            "value", f"Malformed locale `{name[:50]}`", hint="Write it like `fr` or `fr_FR`"
        )
    parts = re.split("[_-]", name)[:2]
    for candidate in ("_".join(parts), parts[0], "en"):
        try:
            return Locale.parse(candidate)
        except (UnknownLocaleError, ValueError):
            continue
    raise ExpressionError("value", f"Unknown locale `{name[:50]}`")
