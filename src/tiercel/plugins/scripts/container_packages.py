"""Packages for Python in containers: put beside the script, so that no network is needed there."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from tiercel.plugin.context import TaskContext
from tiercel.plugins.scripts.index_settings import package_settings
from tiercel.plugins.scripts.interpreters import own_interpreter
from tiercel.plugins.scripts.python_setup import Wishes
from tiercel.plugins.scripts.uv_process import find_uv, install_packages

_FOLDER = ".kestra_additional_python_lib"
_VERSION_OF_TAG = re.compile(r"python:(\d+\.\d+)")
_MUSL = "x86_64-unknown-linux-musl"


async def packages_beside(
    context: TaskContext, folder: Path, image: str, wishes: Wishes
) -> Mapping[str, str]:
    """Install the wished packages below the working directory; return variables that lead to them.

    They fit the Python that the image's tag names, and musl where it is Alpine's.

    Raises:
        TaskFailedError: They can't be installed.
    """
    if not wishes.dependencies:
        return {}
    found = _VERSION_OF_TAG.search(image)
    version = wishes.version or (found[1] if found else None)
    target = folder / _FOLDER
    options = ["--target", str(target)]
    if version:
        options += ["--python-version", version]
    if "alpine" in image:
        options += ["--python-platform", _MUSL]
    settings = package_settings(os.environ, wishes.env)
    settings.setdefault("UV_CACHE_DIR", str(context.cache_dir / "python" / "uv"))
    python = own_interpreter().executable
    await install_packages(
        context, find_uv(), python, wishes.dependencies, settings, options=options
    )
    return {"PYTHONPATH": str(target)}
