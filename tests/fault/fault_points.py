"""A server that is killed at a point that has a name: started instead of ``tiercel``.

The point is ``FAULT_POINT``: ``module:Class.method:before`` or ``…:after``. The process is killed
there, as by ``kill -9``, once the file ``FAULT_FLAG`` exists; it takes the file with it.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from importlib import import_module
from pathlib import Path
from signal import SIGKILL
from typing import Any

_FLAG = Path(os.environ["FAULT_FLAG"])


def _die() -> None:
    if _FLAG.exists():
        _FLAG.unlink()
        os.kill(os.getpid(), SIGKILL)


def arm(point: str) -> None:
    """Wrap the method that is named."""
    module_name, method, when = point.split(":")
    class_name, name = method.split(".")
    owner = getattr(import_module(module_name), class_name)
    call: Callable[..., Awaitable[Any]] = getattr(owner, name)

    async def deadly(*args: Any, **options: Any) -> Any:
        if when == "before":
            _die()
        result = await call(*args, **options)
        _die()
        return result

    setattr(owner, name, deadly)


if __name__ == "__main__":
    arm(os.environ["FAULT_POINT"])
    from tiercel.main import run

    run()
