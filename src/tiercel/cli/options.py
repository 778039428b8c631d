"""Options that several commands have."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from tiercel.cli.parameters import Option

if TYPE_CHECKING:
    from tiercel.services.node import NodeOptions

DEFAULT_SERVER = "http://localhost:8080"
LEVELS = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR")


@dataclass(frozen=True, slots=True)
class Common:
    """Options of every command."""

    verbose: Annotated[
        int,
        Option("Show DEBUG entries of logs too; -vv also TRACE.", ("-v", "--verbose"), count=True),
    ] = 0
    log_level: Annotated[
        str,
        Option("Least level of log entries that are shown.", ("-l", "--log-level"), LEVELS),
    ] = "INFO"
    internal_log: Annotated[bool, Option("The level applies to the program's own log too.")] = False
    config: Annotated[
        Path | None,
        Option("Configuration file, by default ~/.kestra/config.yml.", ("-c", "--config")),
    ] = None
    plugins: Annotated[
        Path | None,
        Option("Folder of plugin packages.", ("-p", "--plugins"), env="KESTRA_PLUGINS_PATH"),
    ] = None

    @property
    def level(self) -> str:
        """The least level that is shown."""
        if self.verbose:
            return "DEBUG" if self.verbose == 1 else "TRACE"
        return self.log_level


@dataclass(frozen=True, slots=True)
class Remote:
    """Options of commands that call a running server."""

    server: Annotated[
        str,
        Option(
            f"Base URL of the server, by default {DEFAULT_SERVER}.",
            metavar="URL",
            env="TIERCEL_SERVER",
        ),
    ] = ""
    user: Annotated[str, Option("user:password for basic authentication.", env="TIERCEL_USER")] = ""
    api_token: Annotated[str, Option("Token of the API.", env="TIERCEL_API_TOKEN")] = ""
    headers: Annotated[list[str] | None, Option("Header name=value to send; may be repeated.")] = (
        None
    )
    tenant: Annotated[str, Option("Tenant; there is one, main.")] = ""

    @property
    def is_named(self) -> bool:
        """Whether a server, or how to reach one, was given."""
        given = (self.server, self.user, self.api_token, self.headers, self.tenant)
        return any(given)

    @property
    def url(self) -> str:
        """Base URL of the server that is called."""
        return self.server or DEFAULT_SERVER


@dataclass(frozen=True, slots=True)
class Local:
    """Options of commands that do the work themselves."""

    data_dir: Annotated[
        Path | None, Option("Folder of servers, files and caches; made when missing.")
    ] = None
    database_url: Annotated[
        str,
        Option(
            "PostgreSQL to use; by default an embedded one.",
            metavar="URL",
        ),
    ] = ""
    bus_url: Annotated[
        str,
        Option("NATS to use; by default an embedded one.", metavar="URL"),
    ] = ""
    bus_credentials: Annotated[
        Path | None,
        Option("File of credentials for NATS, instead of user and password.", metavar="FILE"),
    ] = None

    def options(self, common: Common) -> NodeOptions:
        """Return what a node is made of; these win over the configuration.

        Raises:
            InvalidConfigurationError: With every mistake in the configuration.
        """
        from tiercel.cli.settings import options_of

        return options_of(common.config, self)


Inputs = Annotated[
    list[str] | None,
    Option("name=value, or name=@path for a FILE input; may be repeated.", ("-i", "--input")),
]
Labels = Annotated[list[str] | None, Option("key=value; may be repeated.", ("--label",))]
Output = Annotated[
    str, Option("How to print what is found.", ("-o", "--output"), ("table", "json", "yaml"))
]
