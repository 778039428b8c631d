"""The keys of all settings: how they may be spelled, and which is nearest to a wrong one."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import SecretStr, TypeAdapter
from pydantic.fields import FieldInfo

from tiercel.config.section import Section, kebab
from tiercel.config.sections import SECTIONS
from tiercel.config.unused import REFUSED, UNUSED
from tiercel.config.values import Says

ANY = "*"
_NEAR = 0.74
_SHORT = 3
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@dataclass(frozen=True, slots=True, eq=False)
class Key:
    """A setting's key.

    Attributes:
        names: The whole key in each of its spellings, the usual one first; ``*`` is any name.
        section, field: Where its value goes in :class:`~tiercel.config.sections.Settings`.
        kind: ``scalar``, ``list`` (of texts), ``map`` (merged key by key) or ``tree`` (as it is).
        says: What it must be, in words.
        is_secret: Whether its value is never shown.
    """

    names: tuple[str, ...]
    section: str
    field: str
    kind: str
    says: Says
    default: Any
    description: str
    is_secret: bool
    annotation: Any

    @property
    def name(self) -> str:
        """The usual spelling."""
        return self.names[0]


@cache
def adapter_of(key: Key) -> TypeAdapter[Any]:
    """Return what checks values of a key."""
    return TypeAdapter(key.annotation)


@dataclass(frozen=True, slots=True)
class Unused:
    """A key that is taken without effect; with ``refusal``, only as long as it asks for nothing."""

    name: str
    reason: str
    refusal: str = ""


Branch = dict[str, "Branch | Key | Unused"]


def squeezed(text: str) -> str:
    """Return what all spellings of a name have in common: ``basicAuth`` is ``basic-auth``."""
    return text.replace("-", "").replace("_", "").lower()


def hyphenated(text: str) -> str:
    """Return a name in words with hyphens: ``myKey`` and ``my_key`` are ``my-key``."""
    return _HUMP.sub("-", text).replace("_", "-").lower()


@cache
def all_keys() -> tuple[Key, ...]:
    """Return every key that has an effect, in the order of the documentation."""
    return tuple(
        _key(section, cls, name, info)
        for section, cls in SECTIONS.items()
        for name, info in cls.model_fields.items()
    )


def _key(section: str, cls: type[Section], name: str, info: FieldInfo) -> Key:
    extra: Any = info.json_schema_extra
    path = extra["path"] or kebab(name)
    names = [f"{prefix}.{path}" for prefix in (cls.prefix, *cls.more_prefixes)]
    bare, says = _bare(info)
    return Key(
        names=(*names, *extra["also"]),
        section=section,
        field=name,
        kind=_kind(bare),
        says=says,
        default=info.default,
        description=info.description or "",
        is_secret=SecretStr in (bare, *get_args(bare)),
        annotation=Annotated[(info.annotation, *info.metadata, says)],
    )


def _bare(info: FieldInfo) -> tuple[Any, Says]:
    """Return the type behind its annotations and ``| None``, and what it is called."""
    metadata, bare = list(info.metadata), info.annotation
    if get_origin(bare) in (Union, UnionType):
        bare = next(part for part in get_args(bare) if part is not type(None))
    if get_origin(bare) is Annotated:
        bare, *more = get_args(bare)
        metadata += more
    return bare, next(item for item in metadata if isinstance(item, Says))


def _kind(bare: Any) -> str:
    origin = get_origin(bare)
    if origin is dict:
        return "map"
    if origin is tuple:
        return "tree" if hasattr(get_args(bare)[0], "model_fields") else "list"
    return "scalar"


def twins(name: str) -> tuple[str, ...]:
    """Return a key under both of its roots, as it was given first."""
    root, _, rest = name.partition(".")
    other = {"kestra": "tiercel", "tiercel": "kestra"}.get(root)
    return (name, f"{other}.{rest}") if other else (name,)


@cache
def tree() -> Branch:
    """Return all keys by squeezed part of their path."""
    root: Branch = {}
    for key in all_keys():
        for name in key.names:
            for twin in twins(name):
                _plant(root, twin, key)
    for name, reason in UNUSED.items():
        for twin in twins(name):
            _plant(root, twin, Unused(name, reason))
    for name, (reason, hint) in REFUSED.items():
        _plant(root, name, Unused(name, reason, hint))
    return root


def _plant(root: Branch, name: str, leaf: Key | Unused) -> None:
    *parts, last = (squeezed(part) for part in name.split("."))
    branch = root
    for part in parts:
        below = branch.setdefault(part, {})
        if not isinstance(below, dict):
            raise TypeError(f"{name} lies below another key")
        branch = below
    if branch.setdefault(last, leaf) is not leaf:
        raise TypeError(f"{name} is there twice")


def child_of(branch: Branch, part: str) -> Branch | Key | Unused | None:
    """Return what lies under a part of a path, in whatever spelling; None for nothing."""
    return branch.get(squeezed(part), branch.get(ANY))


def nearest(written: str, *, is_map: bool = False) -> str:
    """Return the known key that a wrong one was probably meant to be; empty for none.

    Args:
        is_map: Whether keys may be meant that others lie below.
    """
    by_last_part = _by_last_part(written)
    if by_last_part:
        return by_last_part
    names = (*_spellings(), *_branches()) if is_map else _spellings()
    score, name = max((_likeness(name, written), name) for name in names)
    return _with_name_of(name, written) if score else ""


def _likeness(name: str, written: str) -> float:
    """Return 0 for two keys that are not alike, else up to 2."""
    parent, _, last = (squeezed(part) for part in written.rpartition("."))
    own_parent, _, own_last = (
        squeezed(part) for part in _with_name_of(name, written).rpartition(".")
    )
    ratio = difflib.SequenceMatcher(None, own_last, last).ratio()
    if ratio < _NEAR:
        return 0.0
    parents = difflib.SequenceMatcher(None, own_parent, parent).ratio()
    return ratio + parents if parents >= _NEAR or own_parent == parent else 0.0


def _with_name_of(name: str, written: str) -> str:
    """Return a known key with what was written in place of its ``*``."""
    parts, given = name.split("."), written.split(".")
    return ".".join(
        given[index] if part == ANY and index < len(given) else part
        for index, part in enumerate(parts)
    )


def _by_last_part(written: str) -> str:
    """Return the only key that ends so: its author forgot where it belongs.

    Of several, those with the same beginning count, and of these the one that is least deep.
    """
    root, last = written.partition(".")[0], squeezed(written.rpartition(".")[2])
    ending = [key.name for key in all_keys() if squeezed(key.name.rpartition(".")[2]) == last]
    if len(ending) > 1:
        ending = [
            name for name in ending if root in (twin.partition(".")[0] for twin in twins(name))
        ]
        least = min((name.count(".") for name in ending), default=0)
        ending = [name for name in ending if name.count(".") == least]
    return ending[0] if len(ending) == 1 and len(last) > _SHORT else ""


@cache
def _spellings() -> tuple[str, ...]:
    own = [twin for key in all_keys() for name in key.names for twin in twins(name)]
    return (*own, *UNUSED)


@cache
def _branches() -> tuple[str, ...]:
    found: dict[str, None] = {}
    for name in _spellings():
        parts = name.split(".")
        found |= dict.fromkeys(".".join(parts[:length]) for length in range(1, len(parts)))
    return tuple(found)


def variable_names(name: str) -> Iterator[str]:
    """Yield the environment variables for a key, the usual one first: ``KESTRA_SERVER_…``.

    ``*`` is left as it is.
    """
    for twin in twins(name):
        yield re.sub(r"[.-]", "_", twin).upper()


@cache
def _variable_patterns() -> tuple[tuple[re.Pattern[str], Key], ...]:
    found = []
    for key in all_keys():
        for name in key.names:
            for twin in twins(name):
                parts = twin.upper().split(".")
                shape = "_".join(
                    "([A-Z0-9_]+?)" if part == ANY else part.replace("-", "_?") for part in parts
                )
                more = "(?:_(.+))?" if key.kind == "map" else ""
                found.append((re.compile(f"{shape}{more}", re.IGNORECASE), key))
    return tuple(found)


def key_of_variable(name: str) -> tuple[Key, str] | None:
    """Return the key that an environment variable is for, and the name it gives, if any.

    The name stands for ``*`` in the key, or is one inside a map; in lower case.
    """
    for pattern, key in _variable_patterns():
        match = pattern.fullmatch(name)
        if match is not None:
            return key, next((group.lower() for group in match.groups() if group), "")
    return None
