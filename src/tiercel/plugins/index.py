"""The types that ship with Tiercel, as plain data: nothing is imported before it is used."""

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
_SCRIPT_LANGUAGES = (
    "bun",
    "deno",
    "dotnet",
    "go",
    "groovy",
    "jbang",
    "julia",
    "lua",
    "node",
    "perl",
    "php",
    "powershell",
    "python",
    "r",
    "ruby",
    "shell",
)
_POLLING_LANGUAGES = ("go", "node", "python", "ruby", "shell")
_OTHER_DATABASES = ("duckdb", "sqlite", "mysql", "mariadb")
_POSTGRESQL = ("Batch", "CopyIn", "CopyOut", "Queries", "Query")


def _core_tasks() -> Iterator[tuple[str, Entry]]:
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


def _toggle() -> Iterator[tuple[str, Entry]]:
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


def _scripts_and_runners() -> Iterator[tuple[str, Entry]]:
    for language in _SCRIPT_LANGUAGES:
        for name in ("Commands", "Script"):
            yield (
                f"io.kestra.plugin.scripts.{language}.{name}",
                Entry(f"tiercel.plugins.scripts.{language}", name, kind=TaskKind.WORKER),
            )
    for language in _POLLING_LANGUAGES:
        for name in ("CommandsTrigger", "ScriptTrigger"):
            entry = Entry(f"tiercel.plugins.scripts.{language}", name, Role.TRIGGER)
            yield f"io.kestra.plugin.scripts.{language}.{name}", entry
    for name in ("Bash", "Python", "Node"):
        entry = Entry("tiercel.plugins.scripts.legacy", name, kind=TaskKind.WORKER)
        yield f"{_OLD_TASKS}.scripts.{name}", entry
    yield (
        "io.kestra.plugin.scripts.runner.docker.Docker",
        Entry(
            "tiercel.runners.docker",
            "Docker",
            Role.RUNNER,
            aliases=("io.kestra.plugin.scripts.runner.docker.DockerTaskRunner",),
        ),
    )
    yield (
        "io.kestra.plugin.ee.kubernetes.runner.Kubernetes",
        Entry(
            "tiercel.runners.kubernetes",
            "Kubernetes",
            Role.RUNNER,
            aliases=("io.kestra.plugin.kubernetes.runner.Kubernetes",),
        ),
    )
    yield (
        f"{_CORE}.runner.Process",
        Entry(
            "tiercel.runners.process",
            "Process",
            Role.RUNNER,
            aliases=("io.kestra.core.models.tasks.runners.types.ProcessTaskRunner",),
        ),
    )


def _sql() -> Iterator[tuple[str, Entry]]:
    for name in _POSTGRESQL:
        yield (
            f"io.kestra.plugin.jdbc.postgresql.{name}",
            Entry("tiercel.plugins.sql.postgresql", name, kind=TaskKind.WORKER),
        )
    yield (
        "io.kestra.plugin.jdbc.mysql.Batch",
        Entry("tiercel.plugins.sql.mysql", "Batch", kind=TaskKind.WORKER),
    )
    for database in _OTHER_DATABASES:
        for name in ("Queries", "Query"):
            yield (
                f"io.kestra.plugin.jdbc.{database}.{name}",
                Entry(f"tiercel.plugins.sql.{database}", name, kind=TaskKind.WORKER),
            )
    for database in ("postgresql", *_OTHER_DATABASES):
        yield (
            f"io.kestra.plugin.jdbc.{database}.Trigger",
            Entry(f"tiercel.plugins.sql.{database}", "Trigger", Role.TRIGGER),
        )


_SERDES = {
    "avro": ("AvroToIon", "IonToAvro", "InferAvroSchemaFromIon"),
    "csv": ("CsvToIon", "IonToCsv"),
    "excel": ("ExcelToIon", "IonToExcel"),
    "json": ("JsonToIon", "IonToJson", "JsonToJsonl"),
    "parquet": ("ParquetToIon", "IonToParquet"),
    "protobuf": ("ProtobufToIon",),
    "xml": ("XmlToIon", "IonToXml"),
    "yaml": ("YamlToIon", "IonToYaml", "YamlToJson", "JsonToYaml"),
}
_SERDES_WITH_OLD_NAMES = ("avro", "csv", "json", "parquet", "xml")


def _serdes() -> Iterator[tuple[str, Entry]]:
    for group, names in _SERDES.items():
        prefix, title = f"io.kestra.plugin.serdes.{group}", group.capitalize()
        old = {}
        if group in _SERDES_WITH_OLD_NAMES:
            old = {f"{title}ToIon": "Reader", f"IonTo{title}": "Writer"}
        for name in names:
            aliases = (f"{prefix}.{title}{old[name]}",) if name in old else ()
            module = f"tiercel.plugins.serdes.{group}"
            yield f"{prefix}.{name}", Entry(module, name, kind=TaskKind.WORKER, aliases=aliases)


_DOCKER = {
    "tiercel.runners.docker_tasks": (
        *("Build", "Pull", "Push", "Tag", "Rm", "Stop", "ImageLs", "Prune"),
    ),
    "tiercel.plugins.docker.cli": ("Run", "Compose"),
}


def _docker() -> Iterator[tuple[str, Entry]]:
    for module, names in _DOCKER.items():
        for name in names:
            aliases = (f"io.kestra.plugin.docker.{name}",)
            entry = Entry(module, name, kind=TaskKind.WORKER, aliases=aliases)
            yield f"io.kestra.plugin.docker.cli.{name}", entry


_CHAT = {
    "slack": ("SlackIncomingWebhook", "SlackExecution"),
    "discord": ("DiscordIncomingWebhook", "DiscordExecution"),
    "teams": ("TeamsIncomingWebhook", "TeamsExecution"),
    "google": ("GoogleChatIncomingWebhook", "GoogleChatExecution"),
    "pagerduty": ("PagerDutyAlert",),
    "opsgenie": ("OpsgenieAlert",),
    "zenduty": ("ZendutyAlert",),
}
_ALERTS = {
    "zulip": ("ZulipIncomingWebhook", "ZulipExecution"),
    "whatsapp": ("WhatsAppIncomingWebhook", "WhatsAppExecution"),
    "squadcast": ("SquadcastIncomingWebhook", "SquadcastExecution"),
    "pagerduty": ("PagerDutyExecution",),
    "opsgenie": ("OpsgenieExecution",),
    "zenduty": ("ZendutyExecution",),
    "sentry": ("SentryAlert", "SentryExecution"),
    "telegram": ("TelegramSend", "TelegramExecution"),
    "sendgrid": ("SendGridMailSend", "SendGridMailExecution"),
}


def _notifications() -> Iterator[tuple[str, Entry]]:
    prefix = "io.kestra.plugin.notifications"
    for module, services in (("chat", _CHAT), ("alerts", _ALERTS)):
        for service, names in services.items():
            for name in names:
                entry = Entry(
                    f"tiercel.plugins.notifications.{module}",
                    name,
                    kind=TaskKind.WORKER,
                    aliases=(f"io.kestra.plugin.{service}.{name}",),
                )
                yield f"{prefix}.{service}.{name}", entry
    for name in ("MailSend", "MailExecution"):
        entry = Entry(
            "tiercel.plugins.notifications.mail",
            name,
            kind=TaskKind.WORKER,
            aliases=(f"io.kestra.plugin.email.{name}",),
        )
        yield f"{prefix}.mail.{name}", entry


def _file_systems() -> Iterator[tuple[str, Entry]]:
    for name in ("Download", "Upload", "List", "Copy", "Move", "Delete"):
        entry = Entry("tiercel.plugins.fs.local", name, kind=TaskKind.WORKER)
        yield f"io.kestra.plugin.fs.local.{name}", entry
    for name in ("Downloads", "Uploads"):
        entry = Entry("tiercel.plugins.fs.local_many", name, kind=TaskKind.WORKER)
        yield f"io.kestra.plugin.fs.local.{name}", entry
    entry = Entry("tiercel.plugins.fs.local_trigger", "Trigger", Role.TRIGGER)
    yield "io.kestra.plugin.fs.local.Trigger", entry
    for name in ("FileCompress", "FileDecompress", "ArchiveCompress", "ArchiveDecompress"):
        entry = Entry("tiercel.plugins.compress.tasks", name, kind=TaskKind.WORKER)
        yield f"io.kestra.plugin.compress.{name}", entry


_GIT = {
    "tasks": ("Clone", "SyncNamespaceFiles"),
    "flows": ("SyncFlows", "SyncFlow", "PushFlows"),
    "namespace_files": ("PushNamespaceFiles",),
}


def _git_and_dbt() -> Iterator[tuple[str, Entry]]:
    for module, names in _GIT.items():
        for name in names:
            entry = Entry(f"tiercel.plugins.git.{module}", name, kind=TaskKind.WORKER)
            yield f"io.kestra.plugin.git.{name}", entry
    entry = Entry("tiercel.plugins.dbt.cli", "DbtCLI", kind=TaskKind.WORKER)
    yield "io.kestra.plugin.dbt.cli.DbtCLI", entry


_GOOGLE: dict[str, dict[str, tuple[str, ...]]] = {
    "gcs": {
        "gcs": (
            *("CreateBucket", "UpdateBucket", "DeleteBucket"),
            *("Upload", "Download", "Copy", "Delete", "List"),
        ),
    },
    "bigquery": {
        "bigquery": ("Query",),
        "datasets": ("CreateDataset", "UpdateDataset", "DeleteDataset"),
    },
}


def _google_cloud() -> Iterator[tuple[str, Entry]]:
    for service, modules in _GOOGLE.items():
        for module, names in modules.items():
            for name in names:
                entry = Entry(f"tiercel.plugins.gcp.{module}", name, kind=TaskKind.WORKER)
                yield f"io.kestra.plugin.gcp.{service}.{name}", entry


def _language_models() -> Iterator[tuple[str, Entry]]:
    new, old = "io.kestra.plugin.ai", "io.kestra.plugin.langchain4j"
    for group, name in (
        ("completion", "ChatCompletion"),
        ("rag", "ChatCompletion"),
        ("rag", "IngestDocument"),
    ):
        shorter = (f"{old}.{name}",) if group == "completion" else ()
        aliases = (*shorter, f"{old}.{group}.{name}")
        module = f"tiercel.plugins.ai.{group}"
        yield (
            f"{new}.{group}.{name}",
            Entry(module, name, kind=TaskKind.WORKER, aliases=aliases),
        )
    for group, module, name in (
        ("provider", "gemini", "GoogleGemini"),
        ("embeddings", "embeddings", "KestraKVStore"),
    ):
        aliases = (f"{old}.{group}.{name}",)
        entry = Entry(f"tiercel.plugins.ai.{module}", name, Role.PART, aliases=aliases)
        yield f"{new}.{group}.{name}", entry


BUILTIN: Index = dict(
    entry
    for source in (
        _core_tasks(),
        _toggle(),
        _flowables(),
        _batches(),
        _triggers(),
        _conditions(),
        _scripts_and_runners(),
        _sql(),
        _serdes(),
        _file_systems(),
        _git_and_dbt(),
        _docker(),
        _notifications(),
        _google_cloud(),
        _language_models(),
    )
    for entry in source
)
"""Every type that ships with Tiercel, by canonical name."""
