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


@lru_cache(maxsize=1)
def _old_zone_ids() -> dict[str, str]:
    """The id under which CLDR keeps the names of a zone, for zones that were renamed."""
    from babel.core import get_global

    kept = get_global("meta_zones")
    return {new: old for old, new in get_global("zone_aliases").items() if old in kept}


def zone_name(zone_id: str, locale: str, width: str, variant: str) -> str | None:
    """The name of a time zone, None when the locale has none.

    Args:
        zone_id: A region such as ``Europe/Paris``.
        locale: Language.
        width: ``long`` or ``short``.
        variant: ``standard``, ``daylight`` or ``generic``.
    """
    from babel.core import get_global

    language = babel_locale(locale)
    kept_id = _old_zone_ids().get(zone_id, zone_id)
    own = language.time_zones.get(kept_id, {}).get(width, {}).get(variant)
    if own is not None:
        return str(own)
    group = get_global("meta_zones").get(kept_id)
    names = language.meta_zones.get(group, {}).get(width, {})
    if variant == "generic" and "generic" not in names:
        variant = "standard"
    found = names.get(variant)
    return None if found is None else str(found)
