"""The composition root: the only room that picks the parts of the product and wires them."""

from tiercel.main.command_line import run, run_async
from tiercel.main.nodes import open_node, open_worker, plugin_registry
from tiercel.main.serving import serve, serve_probes

__all__ = [
    "open_node",
    "open_worker",
    "plugin_registry",
    "run",
    "run_async",
    "serve",
    "serve_probes",
]
