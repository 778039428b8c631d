"""The settings by section: one frozen class each, with the keys under which they are written.

A key under ``kestra.`` may be written under ``tiercel.`` too, and the other way round.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator

from tiercel.config.cors import CorsRule, CorsSettings
from tiercel.config.section import Section, setting
from tiercel.config.storage import (
    AzureSettings,
    GcsSettings,
    MinioSettings,
    S3Settings,
    StorageSettings,
)
from tiercel.config.values import (
    ContextPath,
    Count,
    Duration,
    File,
    Flag,
    Folder,
    Folders,
    FreeMap,
    GroupKey,
    Lease,
    MapOfMaps,
    Port,
    Positive,
    Says,
    Secret,
    Secrets,
    Text,
    Texts,
    in_capitals,
)

LogLevelName = Annotated[
    Literal["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "OFF"],
    BeforeValidator(in_capitals),
    Says("one of TRACE, DEBUG, INFO, WARN, ERROR, OFF", "level"),
]
BackendType = Annotated[
    Literal["postgres", "memory", "h2", "mysql", "elasticsearch", "kafka"],
    Says("postgres, memory, h2 or mysql", "word"),
]
TraceMode = Annotated[
    Literal["DEFAULT", "DISABLED"],
    BeforeValidator(in_capitals),
    Says("DEFAULT or DISABLED", "word"),
]
Days = Annotated[
    int,
    Field(ge=0, le=36_500),
    Says("a whole number of days, 0 to 36500", "number"),
]


class NodeSettings(Section):
    """Where this process keeps its data, and the servers it uses."""

    prefix = "tiercel"
    title = "This process"

    data_dir: Folder | None = setting(
        None,
        "Folder of everything that is kept here: embedded servers, files, caches. By default in the"
        " user's data directory. `--data-dir` wins.",
    )
    database_url: Secret = setting(
        SecretStr(""),
        "PostgreSQL to use: `postgresql://user:password@host:port/database`. By default that of"
        " `datasources`, else an embedded one. `--database-url` wins.",
    )
    bus_url: Secret = setting(
        SecretStr(""),
        "NATS to use: `nats://user:password@host:port`; of a cluster several, with commas between"
        " them, the login at the first. By default an embedded one."
        " `--bus-url` wins.",
    )
    bus_credentials: File | None = setting(
        None,
        "File of credentials (`.creds`) to log in to NATS with, instead of the user and password of"
        " its URL. It is read anew at each connection. `--bus-credentials` wins.",
    )
    lease: Lease = setting(
        timedelta(seconds=10),
        "How long after the last sign of life of a worker its jobs go to others; news and logs that"
        " a server had in hand after three times that. The same for all processes, at least a"
        " second. Shorter finds the lost sooner, and is more often wrong about the slow.",
    )
    worker_groups: Annotated[
        dict[str, Texts], Says("a map from worker group to its tags", "map")
    ] = setting(
        {},
        "Tags of worker groups, for tasks that choose theirs by tags (`workerSelector`): a map from"
        " the name of a group to a list of tags. Executors read it.",
    )
    log_level: LogLevelName = setting("WARN", "How much the server says on standard error.")
    plugin_settings: MapOfMaps = setting(
        {},
        "Switches of plugins that flows can't set: a map from type to its switches. The same as"
        " `kestra.plugins.configurations`, shorter.",
    )


class DataSource(Section):
    """A database; the PostgreSQL one holds everything that flows and executions are."""

    prefix = "datasources.*"
    title = "Databases"

    url: Secret = setting(
        SecretStr(""), "JDBC address: `jdbc:postgresql://host:port/database?sslmode=require`."
    )
    username: Text = setting("", "Name to log in with.")
    password: Secret = setting(SecretStr(""), "Password to log in with.")
    maximum_pool_size: Annotated[int, Field(ge=2), Says("a whole number, 2 or more", "number")] = (
        setting(10, "Connections that one process holds at most.")
    )


class RepositorySettings(Section):
    """Where flows and executions are kept."""

    prefix = "kestra.repository"
    title = "Repository"

    type: BackendType | None = setting(
        None,
        "`postgres` takes the PostgreSQL of `datasources`; every other type stands for the embedded"
        " PostgreSQL, and a line at the start says so.",
    )


class QueueSettings(Section):
    """How servers talk to each other."""

    prefix = "kestra.queue"
    title = "Queue"

    type: BackendType | None = setting(
        None, "Every type is taken and stands for NATS: see `tiercel.bus-url`."
    )


class WebSettings(Section):
    """Where the API and the pages are served."""

    prefix = "micronaut.server"
    title = "Web server"

    host: Text = setting(
        "127.0.0.1",
        "Address to listen on. Others than loopback need a login. `--host` wins.",
        also=("tiercel.host",),
    )
    port: Port = setting(
        8080, "Port to listen on; 0 takes any. `--port` wins.", also=("tiercel.port",)
    )
    context_path: ContextPath = setting(
        "",
        "What all paths begin with: `/kestra` serves pages at `/kestra/ui/`, the API at"
        " `/kestra/api/v1`, and nothing but `/ping` and `/health` elsewhere. For a proxy that"
        " passes paths on as they are; `--server` and `kestra.url` name it too.",
    )


class ManagementSettings(Section):
    """Health and metrics on a port of their own, for servers of every role."""

    prefix = "endpoints.all"
    title = "Management port"

    enabled: Flag = setting(True, "Whether that port is opened at all.")
    port: Port | None = setting(
        None,
        "Port of `/health`, `/prometheus` and `/metrics`; to those who may know everything also of"
        " `/env`, `/loggers`, `/worker` and `/scheduler`: with the password below, or where there"
        " is no login. By default 8081 for `server standalone`, if it is free, and none for others:"
        " those with an API answer there, and `--port` opens one for the rest.",
    )
    username: Text = setting("", "Name that is needed to ask.", path="basic-auth.username")
    password: Secret = setting(
        SecretStr(""), "Password that is needed to ask.", path="basic-auth.password"
    )


class LoginSettings(Section):
    """Who may use API and pages."""

    prefix = "kestra.server.basic-auth"
    more_prefixes = ("tiercel.login",)
    title = "Login"

    enabled: Flag | None = setting(
        None,
        "`false` switches protection off; `true` demands credentials. By default there is a login"
        " as soon as there are credentials.",
    )
    username: Text = setting("", "Name, usually an e-mail address.")
    password: Secret = setting(SecretStr(""), "Password; kept as an argon2 hash only.")
    realm: Text = setting("Kestra", "What browsers show when they ask.")
    open_urls: Texts = setting(
        (),
        "Paths that need no login, with everything below them, besides `/ping`, `/health`, webhooks"
        " and the pages' own files. Without the context path.",
    )

    @model_validator(mode="after")
    def _needs_both(self) -> LoginSettings:
        if bool(self.username) is not bool(self.password.get_secret_value()):
            raise ValueError("a login needs both `username` and `password`")
        return self


class PreviewSettings(Section):
    """How much of a file the pages show."""

    prefix = "kestra.server.preview"
    title = "Previews"

    initial_rows: Positive = setting(100, "Rows shown at first.")
    max_rows: Positive = setting(5000, "Rows shown at most.")


class ServerSettings(Section):
    """How servers stop."""

    prefix = "kestra.server"
    title = "Stopping"

    termination_grace_period: Duration | None = setting(
        None,
        "How long a server that is told to stop lets running tasks go on; then they are given back"
        " and run again elsewhere. By default 5m, for `server local` and `run` 5s.",
    )


class InstanceSettings(Section):
    """How this instance presents itself."""

    prefix = "kestra"
    title = "Instance"

    url: Text = setting("", "Public address, put into links to executions.")
    environment_name: Text = setting("", "Shown in the side bar.", path="environment.name")
    environment_color: Text = setting("", "Colour of that name.", path="environment.color")
    hidden_labels: Texts = setting(
        ("system.", "internal."),
        "Labels that begin so are not shown in the pages.",
        path="hidden-labels.prefixes",
    )


class PluginValues(BaseModel):
    """Values for a type, or for all types that begin so."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    type: str
    values: dict[str, Any] = Field(default_factory=dict)
    forced: bool = False


PluginDefaults = Annotated[
    tuple[PluginValues, ...], Says("a list of `{type, values, forced}`", "list")
]


class TaskSettings(Section):
    """Where tasks work."""

    prefix = "kestra.tasks"
    title = "Tasks"

    tmp_dir: Folder | None = setting(
        None,
        "Folder of the tasks' working directories; by default in the data folder.",
        path="tmp-dir.path",
    )
    docker_volumes: Flag | None = setting(
        None,
        "Whether the Docker task runner may mount volumes.",
        path="scripts.docker.volume-enabled",
    )
    defaults: PluginDefaults = setting(
        (),
        "As `kestra.plugins.defaults`, more important than those.",
        also=("kestra.plugin-defaults",),
    )


class PluginSwitches(BaseModel):
    """Switches of a type."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    type: str
    values: dict[str, Any] = Field(default_factory=dict)


class PluginSettings(Section):
    """What all flows' tasks get from the operator."""

    prefix = "kestra.plugins"
    title = "Plugins"

    defaults: PluginDefaults = setting(
        (),
        "Values of properties by type or beginning of a type, for all flows. `forced: true` wins"
        " over the flow's own.",
    )
    configurations: Annotated[
        tuple[PluginSwitches, ...], Says("a list of `{type, values}`", "list")
    ] = setting((), "Switches of plugins that flows can't set, such as `volume-enabled`.")


class VariableSettings(Section):
    """What expressions see of this server."""

    prefix = "kestra.variables"
    title = "Variables"

    env_vars_prefix: Texts = setting(
        ("ENV_", "KESTRA_"),
        "Environment variables that begin so are `envs.<rest in lower case>`.",
    )
    redacted_env_vars: Texts = setting((), "Environment variables that are never shown to flows.")
    globals: FreeMap = setting(
        {},
        "Values under `globals`. A key with `_` or in camelCase is there with `-` too:"
        " `globals['my-key']`.",
    )
    recursive_rendering: Flag = setting(False, "Whether what was rendered is rendered again.")


class EncryptionSettings(Section):
    """Secret values at rest."""

    prefix = "kestra.encryption"
    title = "Encryption"

    secret_key: Secret = setting(
        SecretStr(""),
        "16, 24 or 32 bytes in base64 for SECRET inputs and encrypted outputs. By default a key is"
        " made up and kept in the data folder.",
        also=("tiercel.encryption-key",),
    )
    old_keys: Secrets = setting(
        (),
        "Keys that were used before. What they encrypted is still read; secrets are encrypted anew"
        " at the start.",
        also=("tiercel.encryption-old-keys",),
    )


class WorkerSettings(Section):
    """The worker of this process."""

    prefix = "tiercel.worker"
    title = "Worker"

    threads: Count = setting(8, "Attempts that run at once. `--thread` wins.")
    group: GroupKey = setting(
        "default",
        "Worker group whose tasks are run: those with the same `workerGroup.key`."
        " `--worker-group` wins.",
    )


class WatchSettings(Section):
    """Flow files of a folder, kept the same as the stored flows, for development on one machine.

    A file that is saved is stored, and deletes its flow when it is deleted; flows that are changed
    otherwise are written to their file, at the start those without one too.
    """

    prefix = "micronaut.io.watch"
    title = "Watched folders"

    enabled: Flag = setting(
        False,
        "Whether a server with an API does this. For one server: what another one changes is not"
        " written, and is undone by the file when this one starts again.",
    )
    paths: Folders = setting(
        (),
        "Folders of `.yml` and `.yaml` files with a flow each, with all folders below. New files"
        " are written to the first one, as `<namespace>_<id>.yml`.",
    )

    @model_validator(mode="after")
    def _needs_paths(self) -> WatchSettings:
        if self.enabled and not self.paths:
            raise ValueError("`enabled` needs `paths`")
        return self


class MetricsSettings(Section):
    """What is counted for monitoring, at `/prometheus` and `/metrics`."""

    prefix = "kestra.metrics"
    title = "Metrics"

    name_prefix: Text = setting(
        "kestra",
        "Begin of the names of what executors, workers and indexers count.",
        path="prefix",
    )
    tags: FreeMap = setting({}, "Labels that all metrics have.")
    labels: Texts = setting(
        (),
        "Keys of labels of executions: what is counted of executions and task runs has"
        " `label_<key>`, `__none__` where an execution has no such label.",
    )


class TracingSettings(Section):
    """OpenTelemetry traces of executions and task runs; they need `tiercel[otel]`."""

    prefix = "kestra.traces"
    title = "Traces"

    root: TraceMode | None = setting(
        None,
        "`DEFAULT` writes traces, `DISABLED` does not. By default they are written as soon as there"
        " is an endpoint.",
    )
    endpoint: Text = setting(
        "",
        "Where they go, as OTLP over HTTP: `http://collector:4318`. By default where the `OTEL_*`"
        " variables say.",
        also=("otel.exporter.otlp.endpoint",),
    )


class RetentionSettings(Section):
    """How long executions that ended are kept, with their logs, metrics and files."""

    prefix = "tiercel.retention"
    title = "Retention"

    days: Days = setting(30, "Days after the end of an execution; 0 keeps for ever.")
    namespaces: Annotated[
        dict[str, Days], Says("a map from namespace to a number of days", "map")
    ] = setting({}, "Other numbers of days, for namespaces and those below them.")


class LoggerSettings(Section):
    """The server's own log."""

    prefix = "logger"
    title = "Server log"

    levels: Annotated[dict[str, LogLevelName], Says("a map from logger to level", "map")] = setting(
        {},
        "Level by logger. `io.kestra` and `tiercel` are the whole server; its parts are called like"
        " `tiercel.services.worker`.",
    )


class LocalFileSettings(Section):
    """Files of this machine."""

    prefix = "kestra.local-files"
    title = "Local files"

    allowed_paths: Folders = setting((), "Folders whose files flows may read.")


class Settings(BaseModel):
    """All settings of one process, checked and with their defaults. Frozen."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    node: NodeSettings = Field(default_factory=NodeSettings)
    datasources: dict[str, DataSource] = Field(default_factory=dict)
    repository: RepositorySettings = Field(default_factory=RepositorySettings)
    queue: QueueSettings = Field(default_factory=QueueSettings)
    storage: StorageSettings = Field(default_factory=StorageSettings)
    s3: S3Settings = Field(default_factory=S3Settings)
    gcs: GcsSettings = Field(default_factory=GcsSettings)
    minio: MinioSettings = Field(default_factory=MinioSettings)
    azure: AzureSettings = Field(default_factory=AzureSettings)
    web: WebSettings = Field(default_factory=WebSettings)
    cors: CorsSettings = Field(default_factory=CorsSettings)
    cors_rules: dict[str, CorsRule] = Field(default_factory=dict)
    management: ManagementSettings = Field(default_factory=ManagementSettings)
    login: LoginSettings = Field(default_factory=LoginSettings)
    preview: PreviewSettings = Field(default_factory=PreviewSettings)
    server: ServerSettings = Field(default_factory=ServerSettings)
    instance: InstanceSettings = Field(default_factory=InstanceSettings)
    tasks: TaskSettings = Field(default_factory=TaskSettings)
    plugins: PluginSettings = Field(default_factory=PluginSettings)
    variables: VariableSettings = Field(default_factory=VariableSettings)
    encryption: EncryptionSettings = Field(default_factory=EncryptionSettings)
    worker: WorkerSettings = Field(default_factory=WorkerSettings)
    watch: WatchSettings = Field(default_factory=WatchSettings)
    metrics: MetricsSettings = Field(default_factory=MetricsSettings)
    traces: TracingSettings = Field(default_factory=TracingSettings)
    retention: RetentionSettings = Field(default_factory=RetentionSettings)
    local_files: LocalFileSettings = Field(default_factory=LocalFileSettings)
    logger: LoggerSettings = Field(default_factory=LoggerSettings)


SECTIONS: dict[str, type[Section]] = {
    "node": NodeSettings,
    "datasources": DataSource,
    "repository": RepositorySettings,
    "queue": QueueSettings,
    "storage": StorageSettings,
    "s3": S3Settings,
    "gcs": GcsSettings,
    "minio": MinioSettings,
    "azure": AzureSettings,
    "web": WebSettings,
    "cors": CorsSettings,
    "cors_rules": CorsRule,
    "management": ManagementSettings,
    "login": LoginSettings,
    "preview": PreviewSettings,
    "server": ServerSettings,
    "instance": InstanceSettings,
    "tasks": TaskSettings,
    "plugins": PluginSettings,
    "variables": VariableSettings,
    "encryption": EncryptionSettings,
    "worker": WorkerSettings,
    "watch": WatchSettings,
    "metrics": MetricsSettings,
    "traces": TracingSettings,
    "retention": RetentionSettings,
    "local_files": LocalFileSettings,
    "logger": LoggerSettings,
}
"""The class of each section, in the order of the documentation."""
