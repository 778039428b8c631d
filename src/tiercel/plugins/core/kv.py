"""Tasks over key-value entries of namespaces."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field

from tiercel.model.durations import format_duration, parse_duration
from tiercel.plugin.common import Written
from tiercel.plugin.context import TaskContext
from tiercel.plugin.outputs import outputs
from tiercel.plugin.properties import Text, TextList, as_text
from tiercel.plugin.task import AsWritten, Output, RunnableTask, TaskFailedError


class KeyType(StrEnum):
    """What the text of a value is read as."""

    STRING = "STRING"
    NUMBER = "NUMBER"
    BOOLEAN = "BOOLEAN"
    DATETIME = "DATETIME"
    DATE = "DATE"
    DURATION = "DURATION"
    JSON = "JSON"


class KeyTask(RunnableTask):
    """Base of the tasks over entries: whose they are."""

    namespace: Text | None = Field(
        default=None, description="Namespace of the entry. The flow's own one when it is left out."
    )

    async def open_namespace(self, context: TaskContext) -> str:
        """Return the namespace; the flow's own by default.

        Raises:
            TaskFailedError: It is not the flow's own, nor above it, and nothing is there.
        """
        own = context.info.namespace
        wanted = self.namespace or own
        if f"{own}.".startswith(f"{wanted}."):
            return wanted
        if not await context.ask_server("namespaceExists", {"namespace": wanted}):
            raise TaskFailedError(
                f"Cannot access the KV store. The namespace '{wanted}' does not exist."
            )
        return wanted


class Set(KeyTask):
    """Store a value under a key, for other executions and flows. No outputs.

    ``value`` keeps its type when it is one expression. A text is read as ``kvType`` says.
    """

    type_name = "io.kestra.plugin.core.kv.Set"
    title = "Set a key-value entry."
    examples = (
        (
            "Remember the day of the last load.",
            "id: remember\ntype: io.kestra.plugin.core.kv.Set\nkey: last_load\n"
            'value: "{{ now() }}"\nkvType: DATETIME',
        ),
    )

    key: Text = Field(description="Name of the entry.")
    value: Annotated[Any, AsWritten()] = Field(
        description=(
            "Value to store. One expression alone keeps its type, a text is read as `kvType` "
            "says, maps and lists are stored as JSON."
        )
    )
    overwrite: bool = Field(
        default=True, description="`false` fails the task when the entry is there already."
    )
    ttl: timedelta | None = Field(
        default=None,
        description="How long the entry lasts, such as `P1D`. For ever when it is left out.",
    )
    kv_type: KeyType | None = Field(
        default=None,
        description=(
            "What a text is read as: `STRING`, `NUMBER`, `BOOLEAN`, `DATETIME`, `DATE`, "
            "`DURATION` or `JSON`. A string when it is left out."
        ),
    )
    kv_description: Text | None = Field(default=None, description="What the entry is for.")

    async def run(self, context: TaskContext) -> Output | None:
        """Store the value; an entry that is there is an error only when asked for."""
        namespace, keys = await self.open_namespace(context), context.key_values
        if not self.overwrite and (await keys.get(namespace, self.key))[0]:
            raise TaskFailedError(
                f"Cannot set value for key '{self.key}'. Key already exists and `overwrite` is set"
                " to `false`."
            )
        kind, value = _typed(self._rendered(context), self.kv_type)
        await keys.set(
            namespace, self.key, value, kind, ttl=self.ttl, description=self.kv_description
        )
        return None

    def _rendered(self, context: TaskContext) -> Any:
        if isinstance(self.value, str):
            return context.render_typed(self.value)
        return context.render_value(self.value)


def _typed(value: Any, kind: KeyType | None) -> tuple[KeyType, Any]:
    """Return the kind of a value and the value as JSON has it.

    Raises:
        TaskFailedError: The text is not what ``kind`` says.
    """
    if isinstance(value, str):
        return _read(value, kind or KeyType.STRING)
    if isinstance(value, bool):
        return KeyType.BOOLEAN, value
    if isinstance(value, int | float):
        return KeyType.NUMBER, value
    if isinstance(value, datetime):
        return KeyType.DATETIME, _moment(value)
    if isinstance(value, date):
        return KeyType.DATE, value.isoformat()
    if isinstance(value, timedelta):
        return KeyType.DURATION, format_duration(value)
    if value is None:
        return kind or KeyType.STRING, None
    return KeyType.JSON, json.loads(str(as_text(value))) if _is_json(value) else str(value)


def _is_json(value: Any) -> bool:
    return isinstance(value, list | tuple | Mapping)


def _read(text: str, kind: KeyType) -> tuple[KeyType, Any]:
    try:
        return kind, _READERS[kind](text)
    except ValueError as error:
        raise TaskFailedError(f"The value '{text[:200]}' is no {kind}: {error}") from error


def _number(text: str) -> int | float:
    value = json.loads(text)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("it must be a number")
    return value


def _boolean(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError("it must be true or false")
    return text.lower() == "true"


def _moment(value: datetime) -> str:
    aware = value if value.tzinfo is not None else value.replace(tzinfo=UTC)
    return aware.astimezone(UTC).isoformat().replace("+00:00", "Z")


_READERS: Mapping[KeyType, Callable[[str], Any]] = {
    KeyType.STRING: str,
    KeyType.NUMBER: _number,
    KeyType.BOOLEAN: _boolean,
    KeyType.DATETIME: lambda text: _moment(datetime.fromisoformat(text)),
    KeyType.DATE: lambda text: datetime.fromisoformat(text).date().isoformat(),
    KeyType.DURATION: lambda text: format_duration(parse_duration(text)),
    KeyType.JSON: json.loads,
}


class Get(KeyTask):
    """Read the value of a key. Output: ``value``, with its type; missing when there is none."""

    type_name = "io.kestra.plugin.core.kv.Get"
    title = "Get the value of a key-value entry."
    output_types = outputs(value=Any)

    key: Text = Field(description="Name of the entry.")
    error_on_missing: bool = Field(
        default=False,
        description=(
            "`true` fails the task when there is no such entry; otherwise it has no output."
        ),
    )

    async def run(self, context: TaskContext) -> Output | None:
        """Look the key up."""
        namespace = await self.open_namespace(context)
        found, value = await context.key_values.get(namespace, self.key)
        if not found and self.error_on_missing:
            raise _missing(self.key, namespace)
        return Output(values={"value": value})


class GetKeys(KeyTask):
    """List the keys of a namespace. Output: ``keys``."""

    type_name = "io.kestra.plugin.core.kv.GetKeys"
    title = "List the keys of a namespace."
    output_types = outputs(keys=list[str])

    prefix: Text = Field(
        default="", description="Only names that begin with this text. All when it is left out."
    )

    async def run(self, context: TaskContext) -> Output | None:
        """Return the keys that begin with ``prefix``, in order."""
        keys = await context.key_values.keys(await self.open_namespace(context))
        return Output(values={"keys": [key for key in keys if key.startswith(self.prefix)]})


class Delete(KeyTask):
    """Delete an entry. Output: ``deleted``: whether there was one."""

    type_name = "io.kestra.plugin.core.kv.Delete"
    title = "Delete a key-value entry."
    output_types = outputs(deleted=bool)

    key: Text = Field(description="Name of the entry.")
    error_on_missing: bool = Field(
        default=False, description="`true` fails the task when there is no such entry."
    )

    async def run(self, context: TaskContext) -> Output | None:
        """Delete the entry; a missing one is an error only when asked for."""
        namespace = await self.open_namespace(context)
        deleted = await context.key_values.delete(namespace, self.key)
        if not deleted and self.error_on_missing:
            raise _missing(self.key, namespace)
        return Output(values={"deleted": deleted})


def _missing(key: str, namespace: str) -> TaskFailedError:
    return TaskFailedError(
        f"No value found for key '{key}' in namespace '{namespace}' and `errorOnMissing` is set to"
        " true"
    )


class Put(KeyTask):
    """Change a part of an entry: merge a map, or set single paths of it. No outputs.

    ``value`` is a map that is merged over the stored one at any depth; or a list of maps ``key``,
    ``value``, where ``key`` is a path with dots, or of one ``value`` that replaces all.
    """

    type_name = "io.kestra.plugin.core.kv.Put"
    title = "Change a part of a key-value entry."
    examples = (
        (
            "Remember the last file of one source.",
            "id: remember\ntype: io.kestra.plugin.core.kv.Put\nkey: last_files\n"
            'value:\n  orders: "{{ outputs.load.uri }}"',
        ),
    )

    key: Text = Field(description="Name of the entry.")
    value: Annotated[Any, AsWritten()] = Field(
        description=(
            "What changes: a map that is merged into the stored one, or a list of maps with a "
            "path of dots as `key`, and `value`."
        )
    )
    error_on_missing: bool = Field(
        default=False,
        description="`true` fails the task when there is no such entry; otherwise it is made.",
    )

    async def run(self, context: TaskContext) -> Output | None:
        """Read, change, store."""
        namespace = await self.open_namespace(context)
        found, stored = await context.key_values.get(namespace, self.key)
        if not found and self.error_on_missing:
            raise _missing(self.key, namespace)
        changed = _changed(stored if found else {}, self._rendered(context))
        kind, value = _typed(changed, None)
        await context.key_values.set(namespace, self.key, value, kind)
        return None

    def _rendered(self, context: TaskContext) -> Any:
        if isinstance(self.value, str):
            return context.render_typed(self.value)
        return context.render_value(self.value)


def _changed(stored: Any, change: Any) -> Any:
    if isinstance(change, Mapping):
        return _merged(stored, change)
    if not isinstance(change, list) or not all(isinstance(one, Mapping) for one in change):
        raise TaskFailedError("`value` must be a map, or a list of maps with `key` and `value`")
    for one in change:
        path = str(one["key"]).split(".") if one.get("key") else []
        stored = _with(stored, path, one.get("value"))
    return stored


def _merged(stored: Any, change: Any) -> Any:
    if not isinstance(stored, Mapping) or not isinstance(change, Mapping):
        return change
    return {**stored, **{name: _merged(stored.get(name), item) for name, item in change.items()}}


def _with(stored: Any, path: list[str], value: Any) -> Any:
    if not path:
        return value
    name, *rest = path
    around = dict(stored) if isinstance(stored, Mapping) else {}
    return {**around, name: _with(around.get(name), rest, value)}


class PurgeBehavior(Written):
    """Which entries go: ``key`` for whole ones, ``version`` for old versions of them."""

    type: Text = Field(
        default="key",
        description=(
            "What is deleted: `key` for whole entries, `version` for their old versions, of "
            "which there are none."
        ),
    )
    expired_only: bool = Field(
        default=True,
        description="Whether only entries go whose time is over; `false` deletes all that fit.",
    )
    before: Text | None = Field(
        default=None, description="Accepted without effect: entries have one version."
    )
    keep_amount: int | None = Field(
        default=None, description="Accepted without effect: entries have one version."
    )


class PurgeKV(RunnableTask):
    """Delete key-value entries, by default those that have expired. Output: ``size``.

    Entries have one version, so that a purge of older versions finds none.
    """

    type_name = "io.kestra.plugin.core.kv.PurgeKV"
    title = "Delete expired key-value entries."
    output_types = outputs(size=int)

    key_pattern: Text | None = Field(
        default=None,
        description=("Glob over the names of entries, such as `cache_*`. All when it is left out."),
    )
    namespaces: TextList | None = Field(
        default=None,
        description=(
            "Namespaces whose entries are looked at. The flow's own one when it is left out."
        ),
    )
    namespace_pattern: Text | None = Field(
        default=None, description="Glob over the names of namespaces, instead of `namespaces`."
    )
    behavior: PurgeBehavior = Field(
        default=PurgeBehavior(), description="Which entries are deleted."
    )
    include_child_namespaces: bool = Field(
        default=True, description="Whether namespaces below those of `namespaces` count, too."
    )
    expired_only: bool | None = Field(
        default=None, description="Older form of `behavior.expiredOnly`, which it overrides."
    )

    async def run(self, context: TaskContext) -> Output | None:
        """Ask the server, which knows all namespaces."""
        if self.namespaces and self.namespace_pattern:
            raise TaskFailedError("Only one of `namespaces` and `namespacePattern` may be set")
        if self.behavior.type.rpartition(".")[2].lower() == "version":
            return Output(values={"size": 0})
        expired_only = self.behavior.expired_only
        size = await context.ask_server(
            "purgeKeys",
            {
                "keyPattern": self.key_pattern,
                "namespaces": list(self.namespaces or (context.info.namespace,)),
                "namespacePattern": self.namespace_pattern,
                "includeChildNamespaces": self.include_child_namespaces,
                "expiredOnly": expired_only if self.expired_only is None else self.expired_only,
            },
        )
        return Output(values={"size": size})
