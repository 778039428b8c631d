"""Tasks that run Node.js."""

from __future__ import annotations

from tiercel.plugins.scripts.base import CommandsTask, SingleScriptTask
from tiercel.plugins.scripts.language import NODE


class Commands(CommandsTask):
    """Run commands, with Node.js at hand."""

    type_name = "io.kestra.plugin.scripts.node.Commands"
    title = "Run Node.js from commands."
    examples = (
        (
            "One command.",
            "id: commands\ntype: io.kestra.plugin.scripts.node.Commands\n"
            "commands:\n  - node --version",
        ),
    )
    language = NODE


class Script(SingleScriptTask):
    """Run one Node.js script."""

    type_name = "io.kestra.plugin.scripts.node.Script"
    title = "Run a Node.js script."
    examples = (
        (
            "A script of one line.",
            "id: script\ntype: io.kestra.plugin.scripts.node.Script\n"
            "script: |\n  console.log('hello')",
        ),
    )
    language = NODE
