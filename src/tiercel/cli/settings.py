"""How commands get their settings: from the configuration, and from options that win over it."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING

from tiercel.cli.wiring import default_data_dir

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tiercel.cli.options import Local
    from tiercel.config import Configuration, Remark, Settings
    from tiercel.services.node import NodeOptions

AT_ONCE_SECONDS = 5.0
"""Grace of what somebody waits for at a terminal."""

SERVER_GRACE_SECONDS = 300.0
_LEVELS = {"TRACE": "DEBUG", "WARN": "WARNING", "OFF": "CRITICAL"}


def load(config: Path | None) -> Configuration:
    """Return the configuration of a file and of the environment.

    Raises:
        InvalidConfigurationError: With every mistake in it.
    """
    from tiercel import config as room

    return room.load(config, environment=os.environ)


def options_of(config: Path | None, local: Local) -> NodeOptions:
    """Return what a node is made of; options win over the configuration.

    Raises:
        InvalidConfigurationError: With every mistake in the configuration.
    """
    settings = load(config).settings
    return node_options(settings, local, grace=AT_ONCE_SECONDS)


def node_options(settings: Settings, local: Local, *, grace: float) -> NodeOptions:
    """Return what a node of these settings and options is made of.

    Args:
        grace: Seconds for running tasks at the end when the settings say nothing.
    """
    from tiercel.config import database_url as url_of
    from tiercel.services.node import NodeOptions

    period = settings.server.termination_grace_period
    folder = local.data_dir or settings.node.data_dir or default_data_dir()
    return NodeOptions(
        data_dir=folder.expanduser().absolute(),
        database_url=local.database_url or url_of(settings),
        bus_url=local.bus_url or settings.node.bus_url.get_secret_value(),
        bus_credentials=local.bus_credentials or settings.node.bus_credentials,
        lease=settings.node.lease.total_seconds(),
        slots=settings.worker.threads,
        grace=grace if period is None else period.total_seconds(),
        worker_group=settings.worker.group,
        settings=settings,
    )


def set_log_levels(settings: Settings) -> None:
    """Set the levels of the server's own log."""
    levels = {"": settings.node.log_level, **settings.logger.levels}
    for name, level in levels.items():
        ours = "tiercel" if name == "io.kestra" else name
        logging.getLogger(ours or None).setLevel(_LEVELS.get(level, level))


def show_remarks(remarks: Sequence[Remark]) -> None:
    """Print a line each to standard error: unknown keys, and those without effect."""
    from rich.markup import escape

    from tiercel.cli.console import err

    for remark in remarks:
        err.print(f"[bold yellow]configuration[/]: {escape(str(remark))}")
