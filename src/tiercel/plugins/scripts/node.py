"""Tasks that run Node.js."""

from __future__ import annotations

from tiercel.plugins.scripts.base import CommandsTask, SingleScriptTask
from tiercel.plugins.scripts.language import NODE
from tiercel.plugins.scripts.trigger import CommandsPolling, SingleScriptPolling


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


class CommandsTrigger(CommandsPolling):
    """Run commands, with Node.js at hand, and see how they end."""

    type_name = "io.kestra.plugin.scripts.node.CommandsTrigger"
    title = "Start executions when commands with Node.js end in a certain way."
    examples = (
        (
            "Look every minute.",
            "id: check\n"
            "type: io.kestra.plugin.scripts.node.CommandsTrigger\n"
            "interval: PT1M\n"
            "exitCondition: exit 0\n"
            "commands:\n"
            '  - node -e "process.exit(0)"',
        ),
    )
    language = NODE


class ScriptTrigger(SingleScriptPolling):
    """Run one Node.js script and see how it ends."""

    type_name = "io.kestra.plugin.scripts.node.ScriptTrigger"
    title = "Start executions when a Node.js script ends in a certain way."
    examples = (
        (
            "Look every minute.",
            "id: check\n"
            "type: io.kestra.plugin.scripts.node.ScriptTrigger\n"
            "interval: PT1M\n"
            "exitCondition: exit 0\n"
            "script: |\n"
            "  process.exit(new Date().getDay() === 1 ? 0 : 1)",
        ),
    )
    language = NODE
