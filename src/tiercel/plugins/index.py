"""The types that ship with Tiercel, as plain data: nothing is imported before it is used."""

from __future__ import annotations

from collections.abc import Iterator

from tiercel.model.task import TaskKind
from tiercel.plugin.index import Entry, Index, Role
from tiercel.plugins.core.index import CORE

_CORE = "io.kestra.plugin.core"
_OLD_TASKS = "io.kestra.core.tasks"
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
_POSTGRESQL = {
    "postgresql": ("Batch", "Queries", "Query"),
    "postgresql_copy": ("CopyIn", "CopyOut"),
}


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
    for module, names in _POSTGRESQL.items():
        for name in names:
            yield (
                f"io.kestra.plugin.jdbc.postgresql.{name}",
                Entry(f"tiercel.plugins.sql.{module}", name, kind=TaskKind.WORKER),
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
    "dashboards": ("SyncDashboards", "PushDashboards"),
    "whole": ("Push", "Sync", "PushExecutionFiles"),
}


_DBT = (
    *("Setup", "Build", "Run", "Test", "Seed", "Snapshot", "Compile", "Deps", "List"),
    "Freshness",
)


def _git_and_dbt() -> Iterator[tuple[str, Entry]]:
    for module, names in _GIT.items():
        for name in names:
            entry = Entry(f"tiercel.plugins.git.{module}", name, kind=TaskKind.WORKER)
            yield f"io.kestra.plugin.git.{name}", entry
    entry = Entry("tiercel.plugins.dbt.cli", "DbtCLI", kind=TaskKind.WORKER)
    yield "io.kestra.plugin.dbt.cli.DbtCLI", entry
    for name in _DBT:
        entry = Entry("tiercel.plugins.dbt.commands", name, kind=TaskKind.WORKER)
        yield f"io.kestra.plugin.dbt.cli.{name}", entry


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


_AS_OPENAI = ("OpenAI", "MistralAI", "DeepSeek", "OpenRouter", "Ollama")


def _language_models() -> Iterator[tuple[str, Entry]]:
    new, old = "io.kestra.plugin.ai", "io.kestra.plugin.langchain4j"
    for group, name in (
        ("completion", "ChatCompletion"),
        ("rag", "ChatCompletion"),
        ("rag", "IngestDocument"),
        ("rag", "Search"),
    ):
        shorter = (f"{old}.{name}",) if group == "completion" else ()
        aliases = (*shorter, f"{old}.{group}.{name}")
        module = f"tiercel.plugins.ai.{group}"
        yield (
            f"{new}.{group}.{name}",
            Entry(module, name, kind=TaskKind.WORKER, aliases=aliases),
        )
    memory = (f"{new}.memory.KestraKVMemory", f"{old}.memory.KestraKVMemory")
    for group, module, name, aliases in (
        ("provider", "gemini", "GoogleGemini", (f"{old}.provider.GoogleGemini",)),
        ("provider", "anthropic", "Anthropic", (f"{old}.provider.Anthropic",)),
        *(("provider", "openai", name, (f"{old}.provider.{name}",)) for name in _AS_OPENAI),
        ("embeddings", "embeddings", "KestraKVStore", (f"{old}.embeddings.KestraKVStore",)),
        ("memory", "memory", "KestraKVStore", memory),
        ("retriever", "retrievers", "EmbeddingStoreRetriever", ()),
        *(
            (group, module, name, (f"{old}.{group}.{name}",))
            for group, module in (("retriever", "retrievers"), ("tool", "tools"))
            for name in ("GoogleCustomWebSearch", "TavilyWebSearch")
        ),
    ):
        entry = Entry(f"tiercel.plugins.ai.{module}", name, Role.PART, aliases=aliases)
        yield f"{new}.{group}.{name}", entry


BUILTIN: Index = dict(
    entry
    for source in (
        CORE.items(),
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
