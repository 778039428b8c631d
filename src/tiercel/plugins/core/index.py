"""The core types and the names they had before, as plain data."""

from __future__ import annotations

from collections.abc import Iterator

from tiercel.model.task import TaskKind
from tiercel.plugin.index import Entry, Index, Role

_CORE = "io.kestra.plugin.core"
_OLD_TASKS = "io.kestra.core.tasks"
_OLD_TRIGGERS = "io.kestra.core.models.triggers.types"
_OLD_CONDITIONS = "io.kestra.core.models.conditions.types"

_INLINE = {
    "log": ("Log",),
    "debug": ("Return", "Echo"),
    "execution": (*("Labels", "Fail", "Assert", "SetVariables", "UnsetVariables", "Exit", "Kill"),),
    "metric": ("Publish",),
    "output": ("OutputValues",),
}
_WORKER = {
    "http": ("Request", "Download", "SseRequest"),
    "execution": ("Resume", "Count", "PurgeExecutions"),
    "kv": ("Set", "Get", "GetKeys", "Delete", "Put", "PurgeKV"),
    "log": ("Fetch", "PurgeLogs"),
    "state": ("Set", "Get", "Delete"),
    "templating": ("TemplatedTask",),
    "namespace": ("UploadFiles", "DownloadFiles", "DeleteFiles", "PurgeFiles"),
    "storage": (
        *("PurgeCurrentExecutionFiles", "Write", "Size", "Concat", "Reverse", "Split", "Delete"),
        *("DeduplicateItems", "FilterItems", "LocalFiles"),
    ),
}
_UPDATE_EXECUTION = ("Labels", "SetVariables", "UnsetVariables")
_OLD_GROUPS = {
    "log": "log",
    "debug": "debugs",
    "execution": "executions",
    "storage": "storages",
    "state": "states",
    "templating": "templating",
}
_NEW_SINCE_RENAMING = {
    *("Assert", "SetVariables", "UnsetVariables", "OutputValues", "Write", "FilterItems"),
    *("Exit", "Kill", "PurgeLogs"),
}
_OWN_MODULES = {
    "Resume": "resume",
    "SseRequest": "sse",
    "DeduplicateItems": "storage_rows",
    "FilterItems": "storage_rows",
    "LocalFiles": "storage_files",
    "Count": "upkeep",
    "PurgeExecutions": "upkeep",
    "Fetch": "upkeep",
    "PurgeLogs": "upkeep",
}
_MORE_ALIASES = {
    "Request": ("io.kestra.plugin.fs.http.Request",),
    "Download": ("io.kestra.plugin.fs.http.Download",),
    "PurgeCurrentExecutionFiles": (
        f"{_CORE}.storage.PurgeExecution",
        f"{_OLD_TASKS}.storages.PurgeExecution",
    ),
    "Count": (f"{_OLD_TASKS}.executions.Counts", f"{_CORE}.execution.Counts"),
    "PurgeExecutions": (f"{_OLD_TASKS}.storages.Purge", f"{_CORE}.storage.Purge"),
    "Subflow": (f"{_OLD_TASKS}.flows.Flow",),
    "WorkingDirectory": (f"{_OLD_TASKS}.flows.Worker",),
    "LoopUntil": (f"{_CORE}.flow.WaitFor", f"{_OLD_TASKS}.flows.WaitFor"),
    "Expression": (f"{_CORE}.condition.VariableCondition", f"{_OLD_CONDITIONS}.VariableCondition"),
}
_FLOWABLES = {
    "Sequential": "sequential",
    "Parallel": "parallel",
    "Dag": "dag",
    "If": "if",
    "Switch": "switch",
    "ForEach": "for_each",
    "EachSequential": "each_sequential",
    "EachParallel": "each_parallel",
    "AllowFailure": "allow_failure",
    "LoopUntil": "loop_until",
    "Pause": "pause",
    "Subflow": "subflow",
    "ForEachItem": "for_each_item",
    "WorkingDirectory": "working_directory",
    "Template": "template",
}
_TRIGGERS = ("Schedule", "ScheduleOnDates", "Flow", "Webhook")
_CONDITIONS = (
    "DateTimeBetween",
    "DayWeek",
    "DayWeekInMonth",
    "ExecutionFlow",
    "ExecutionLabels",
    "ExecutionNamespace",
    "ExecutionOutputs",
    "ExecutionStatus",
    "Expression",
    "FlowCondition",
    "FlowNamespaceCondition",
    "HasRetryAttempt",
    "MultipleCondition",
    "Not",
    "Or",
    "PublicHoliday",
    "TimeBetween",
    "Weekend",
)


def _tasks() -> Iterator[tuple[str, Entry]]:
    for kind, groups in ((TaskKind.INLINE, _INLINE), (TaskKind.WORKER, _WORKER)):
        for group, names in groups.items():
            for name in names:
                aliases = _MORE_ALIASES.get(name, ())
                if group in _OLD_GROUPS and name not in _NEW_SINCE_RENAMING and not aliases:
                    aliases = (f"{_OLD_TASKS}.{_OLD_GROUPS[group]}.{name}",)
                module = f"tiercel.plugins.core.{_OWN_MODULES.get(name, group)}"
                behavior = "updates_execution" if name in _UPDATE_EXECUTION else ""
                entry = Entry(module, name, kind=kind, behavior=behavior, aliases=aliases)
                yield f"{_CORE}.{group}.{name}", entry
    yield (
        f"{_CORE}.flow.Sleep",
        Entry(
            "tiercel.plugins.core.sleep",
            "Sleep",
            kind=TaskKind.INLINE,
            aliases=(f"{_OLD_TASKS}.flows.Sleep",),
        ),
    )
    yield (
        f"{_CORE}.trigger.Toggle",
        Entry(
            "tiercel.plugins.core.trigger",
            "Toggle",
            kind=TaskKind.WORKER,
            aliases=(f"{_OLD_TASKS}.trigger.Toggle",),
        ),
    )


def _flowables() -> Iterator[tuple[str, Entry]]:
    for name, behavior in _FLOWABLES.items():
        yield (
            f"{_CORE}.flow.{name}",
            Entry(
                "tiercel.plugins.core.flow",
                name,
                kind=TaskKind.FLOWABLE,
                behavior=behavior,
                aliases=(f"{_OLD_TASKS}.flows.{name}", *_MORE_ALIASES.get(name, ())),
            ),
        )


def _batches() -> Iterator[tuple[str, Entry]]:
    """Yield what a ForEachItem is made of."""
    for name in ("ForEachItemSplit", "ForEachItemMergeOutputs"):
        entry = Entry("tiercel.plugins.core.batches", name, kind=TaskKind.WORKER)
        yield f"{_CORE}.flow.ForEachItem${name}", entry


def _triggers() -> Iterator[tuple[str, Entry]]:
    for name in _TRIGGERS:
        yield (
            f"{_CORE}.trigger.{name}",
            Entry(
                "tiercel.plugins.core.trigger",
                name,
                Role.TRIGGER,
                aliases=(f"{_OLD_TRIGGERS}.{name}",),
            ),
        )
    yield (
        f"{_CORE}.http.Trigger",
        Entry(
            "tiercel.plugins.core.http",
            "Trigger",
            Role.TRIGGER,
            aliases=("io.kestra.plugin.fs.http.Trigger",),
        ),
    )


def _conditions() -> Iterator[tuple[str, Entry]]:
    for name in _CONDITIONS:
        old = name if name.endswith("Condition") else f"{name}Condition"
        aliases = (f"{_OLD_CONDITIONS}.{old}", *_MORE_ALIASES.get(name, ()))
        if old != name:
            aliases = (f"{_CORE}.condition.{old}", *aliases)
        yield (
            f"{_CORE}.condition.{name}",
            Entry("tiercel.plugins.core.condition", name, Role.CONDITION, aliases=aliases),
        )


CORE: Index = dict(
    entry
    for source in (
        _tasks(),
        _flowables(),
        _batches(),
        _triggers(),
        _conditions(),
    )
    for entry in source
)
"""The core types by canonical name."""
