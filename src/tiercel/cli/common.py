"""Carrying out the options that every command has."""

from __future__ import annotations

import logging
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tiercel.cli.options import Common

PLUGINS = "KESTRA_PLUGINS_PATH"


def apply(common: Common) -> None:
    """Set the level of the program's own log, and make the folder of plugins importable."""
    if common.internal_log:
        level = {"TRACE": "DEBUG", "WARN": "WARNING"}.get(common.level, common.level)
        logging.getLogger().setLevel(level)
    if common.plugins is not None and common.plugins.is_dir():
        folder = str(common.plugins.expanduser().absolute())
        if folder not in sys.path:
            sys.path.append(folder)
        os.environ[PLUGINS] = folder
