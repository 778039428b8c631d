"""What commands get from the composition root."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tiercel.plugin.registry import Registry
    from tiercel.services.node import Node, NodeOptions, WorkerNode


@dataclass(frozen=True, slots=True)
class Wiring:
    """How to make the parts that commands work with.

    Attributes:
        open_node: Starts a node with the services of its roles; stops it with the block.
        open_worker: Starts a worker that has no database; stops it with the block.
        serve: Serves a node's API on (host, port); gives its base URL once it answers.
        serve_probes: Tells on (host, port) whether a node is well; gives the base URL.
        registry: Gives the registry of plugin types.
        run: Runs a coroutine to its end and returns the exit code it gives.
    """

    open_node: Callable[[NodeOptions], AbstractAsyncContextManager[Node]]
    open_worker: Callable[[NodeOptions], AbstractAsyncContextManager[WorkerNode]]
    serve: Callable[[Node, str, int], AbstractAsyncContextManager[str]]
    serve_probes: Callable[[Node | WorkerNode, str, int], AbstractAsyncContextManager[str]]
    registry: Callable[[], Registry]
    run: Callable[[Awaitable[int]], int]


def default_data_dir() -> Path:
    """Return the folder that holds a user's data when none is named."""
    import platformdirs

    return Path(platformdirs.user_data_dir("tiercel", appauthor=False))
