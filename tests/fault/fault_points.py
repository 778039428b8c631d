"""Servers that can be killed at points that have names: started instead of ``tiercel``.

A point is ``module:Class.method:before`` or ``…:after``; ``FAULT_POINTS`` names all of them, with
blanks between. The server that comes to the point that the file ``FAULT_FLAG`` names, with its role
before it, is killed there, as by ``kill -9``, and takes the file with it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Awaitable, Callable
from importlib import import_module
from pathlib import Path
from signal import SIGKILL
from typing import Any

_FLAG = Path(os.environ["FAULT_FLAG"])
_ROLE = sys.argv[2]


def _pass(point: str) -> None:
    if _FLAG.exists() and _FLAG.read_text() == f"{_ROLE} {point}":
        _FLAG.unlink()
        os.kill(os.getpid(), SIGKILL)


def arm(method: str) -> None:
    """Wrap the method that is named, with a point before and one after it."""
    module_name, _, path = method.partition(":")
    class_name, name = path.split(".")
    owner = getattr(import_module(module_name), class_name)
    call: Callable[..., Awaitable[Any]] = getattr(owner, name)

    async def deadly(*args: Any, **options: Any) -> Any:
        _pass(f"{method}:before")
        result = await call(*args, **options)
        _pass(f"{method}:after")
        return result

    setattr(owner, name, deadly)


if __name__ == "__main__":
    for method in {point.rpartition(":")[0] for point in os.environ["FAULT_POINTS"].split()}:
        arm(method)
    from tiercel.main import run

    run()
