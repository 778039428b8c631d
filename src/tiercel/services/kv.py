"""The key-value store: typed values with a time to live, as files in internal storage.

Each entry is one JSON file in the folder ``_kv`` of its namespace, so that workers, which have no
database, read and write entries as executors and the API do. A file names its namespace once in
``kestra:///_kv/``, which is how entries of all namespaces are found.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from tiercel.model.durations import format_duration, parse_duration
from tiercel.model.errors import IllegalArgumentError, NotFoundError, StorageError
from tiercel.services.clock import utc_now
from tiercel.storage import make_uri, parse_uri
from tiercel.storage.paths import kv_file, kv_folder

if TYPE_CHECKING:
    from tiercel.storage import BlockingReads, Storage

MAX_VALUE_BYTES = 8 << 20
_KEY = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9._-]*")
_NAMESPACE = re.compile(r"[a-z0-9][a-z0-9._-]*")
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})")
_DURATION = re.compile(r"-?P(?=.)[0-9DTHMS.WY]+")
_INDEX = "_kv"


class KeyType(StrEnum):
    """What a value is."""

    STRING = "STRING"
    NUMBER = "NUMBER"
    BOOLEAN = "BOOLEAN"
    DATETIME = "DATETIME"
    DATE = "DATE"
    DURATION = "DURATION"
    JSON = "JSON"


class Entry(msgspec.Struct, frozen=True):
    """One entry as it is stored.

    Attributes:
        value: As JSON has it; moments, dates and durations as ISO-8601 text.
        expires: From then on there is no value.
        version: Grows by one each time the entry is set.
    """

    key: str
    namespace: str
    type: KeyType
    value: Any
    created: datetime
    updated: datetime
    expires: datetime | None = None
    version: int = 1
    description: str | None = None

    def is_expired(self, now: datetime) -> bool:
        """Whether its time is over."""
        return self.expires is not None and self.expires <= now


class KeyExpiredError(NotFoundError):
    """The entry is there, its value has expired."""

    code: ClassVar[str] = "expired"
    http_status: ClassVar[int] = 410


@dataclass(frozen=True, slots=True)
class TypedValue:
    """A value that was read from text, with the type that its form tells."""

    type: KeyType
    value: Any


def typed_value(text: str) -> TypedValue:
    """Read a value as clients write it: JSON, or a bare moment, date, duration or word.

    Raises:
        IllegalArgumentError: It is none of these.
    """
    text = text.strip()
    if not text:
        raise IllegalArgumentError("Invalid JSON value for: an empty text")
    if text == "null":
        return TypedValue(KeyType.STRING, None)
    if text in ("true", "false"):
        return TypedValue(KeyType.BOOLEAN, text == "true")
    return _json_value(text) or _bare_value(text)


def _json_value(text: str) -> TypedValue | None:
    if text[0] in '"[{' or _NUMBER.fullmatch(text):
        try:
            # what Python takes for JSON and is none: infinite numbers, halves of characters
            value = json.loads(text, parse_constant=_refuse_constant, parse_float=_finite)
            json.dumps(value, ensure_ascii=False).encode()
        except (ValueError, RecursionError):
            return None
        kinds = {str: KeyType.STRING, int: KeyType.NUMBER, float: KeyType.NUMBER}
        return TypedValue(kinds.get(type(value), KeyType.JSON), value)
    return None


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _bare_value(text: str) -> TypedValue:
    try:
        if _MOMENT.fullmatch(text):
            return TypedValue(KeyType.DATETIME, _moment_text(datetime.fromisoformat(text)))
        if _DATE.fullmatch(text):
            return TypedValue(KeyType.DATE, date.fromisoformat(text).isoformat())
        if _DURATION.fullmatch(text):
            return TypedValue(KeyType.DURATION, format_duration(parse_duration(text)))
    except (ValueError, OverflowError):
        raise _invalid(text) from None
    if _WORD.fullmatch(text):
        return TypedValue(KeyType.STRING, text)
    raise _invalid(text)


def _invalid(text: str) -> IllegalArgumentError:
    return IllegalArgumentError(
        f"Invalid JSON value for: {text[:200]}", hint="Put a text between double quotes."
    )


def _moment_text(value: datetime) -> str:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def checked_key(key: str) -> str:
    """Return a key that may be used.

    Raises:
        IllegalArgumentError: It may not.
    """
    if not _KEY.fullmatch(key) or len(key) > 200:
        raise IllegalArgumentError(
            "Key must start with an alphanumeric character (uppercase or lowercase) and can contain"
            " alphanumeric characters (uppercase or lowercase), dots (.), underscores (_), and"
            " hyphens (-) only."
        )
    return key


def checked_namespace(namespace: str) -> str:
    """Return a namespace that may be used.

    Raises:
        IllegalArgumentError: It may not.
    """
    parts = namespace.split(".")
    if not _NAMESPACE.fullmatch(namespace) or "" in parts or len(namespace) > 150:
        raise IllegalArgumentError(f"Invalid namespace '{namespace[:200]}'")
    return namespace


class KeyValues:
    """Entries of all namespaces. Whoever sets an entry last wins."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def get(self, namespace: str, key: str) -> Entry:
        """Return an entry with its value.

        Raises:
            NotFoundError: There is none.
            KeyExpiredError: Its value has expired.
        """
        uri = kv_file(checked_namespace(namespace), checked_key(key))
        entry = await self._read(uri)
        if entry is None:
            raise NotFoundError(f"No value found for key '{key}' in namespace '{namespace}'")
        if entry.is_expired(utc_now()):
            raise KeyExpiredError("The requested value has expired")
        return entry

    async def set(
        self,
        namespace: str,
        key: str,
        value: TypedValue,
        *,
        ttl: timedelta | None = None,
        description: str | None = None,
    ) -> Entry:
        """Store a value over the one before.

        Args:
            ttl: How long it lasts; for ever by default.

        Raises:
            IllegalArgumentError: The key, the namespace or the time to live can't be used.
        """
        uri = kv_file(checked_namespace(namespace), checked_key(key))
        before, now = await self._read(uri), utc_now()
        if ttl is not None and ttl < timedelta():
            raise IllegalArgumentError("The time to live is negative")
        try:
            expires = now + ttl if ttl is not None else None
        except OverflowError:
            raise IllegalArgumentError("The time to live is too long") from None
        entry = Entry(
            key=key,
            namespace=namespace,
            type=value.type,
            value=value.value,
            created=before.created if before is not None else now,
            updated=now,
            expires=expires,
            version=before.version + 1 if before is not None else 1,
            description=description,
        )
        content = msgspec.json.encode(entry)
        if len(content) > MAX_VALUE_BYTES:
            raise IllegalArgumentError(f"The value is over {MAX_VALUE_BYTES} bytes")
        if before is None:
            await self._storage.put(make_uri([_INDEX, namespace]), b"")
        await self._storage.put(uri, content)
        return entry

    async def delete(self, namespace: str, key: str) -> bool:
        """Delete an entry; return whether there was one."""
        return await self._storage.delete(kv_file(checked_namespace(namespace), checked_key(key)))

    async def list(self, namespace: str) -> Sequence[Entry]:
        """Return the entries of a namespace whose time is not over, by key."""
        now, entries = utc_now(), []
        for file in await self._storage.list(kv_folder(checked_namespace(namespace))):
            entry = await self._read(file.uri)
            if entry is not None and not entry.is_expired(now):
                entries.append(entry)
        return sorted(entries, key=lambda entry: entry.key)

    async def everywhere(self) -> Sequence[Entry]:
        """Return the entries of all namespaces whose time is not over, by namespace and key."""
        found: list[Entry] = []
        for file in await self._storage.list(make_uri([_INDEX])):
            found += await self.list(parse_uri(file.uri)[-1])
        return found

    async def delete_expired(self, before: datetime) -> int:
        """Delete the entries whose time was over before a moment; return how many."""
        deleted = 0
        for index in await self._storage.list(make_uri([_INDEX])):
            for file in await self._storage.list(kv_folder(parse_uri(index.uri)[-1])):
                entry = await self._read(file.uri)
                if entry is not None and entry.is_expired(before):
                    deleted += await self._storage.delete(file.uri)
        return deleted

    async def _read(self, uri: str) -> Entry | None:
        try:
            content = b"".join([chunk async for chunk in self._storage.open(uri)])
        except StorageError:
            return None
        return _decode(content)


def read_entry(files: BlockingReads, namespace: str, key: str) -> Entry | None:
    """Return an entry whose time is not over, for code that can't await; None when there is none.

    Raises:
        IllegalArgumentError: The key or the namespace can't be used.
    """
    uri = kv_file(checked_namespace(namespace), checked_key(key))
    if not files.exists(uri):
        return None
    entry = _decode(files.read(uri, limit_bytes=MAX_VALUE_BYTES))
    return None if entry.is_expired(utc_now()) else entry


_decode = msgspec.json.Decoder(Entry).decode
