"""Tasks that run shell."""

from __future__ import annotations

from tiercel.plugins.scripts.base import CommandsTask, SingleScriptTask
from tiercel.plugins.scripts.language import SHELL
from tiercel.plugins.scripts.trigger import CommandsPolling, SingleScriptPolling


class Commands(CommandsTask):
    """Run commands, with shell at hand."""

    type_name = "io.kestra.plugin.scripts.shell.Commands"
    title = "Run shell commands."
    examples = (
        (
            "One command.",
            "id: commands\ntype: io.kestra.plugin.scripts.shell.Commands\n"
            "commands:\n  - echo hello",
        ),
    )
    language = SHELL


class Script(SingleScriptTask):
    """Run one shell script."""

    type_name = "io.kestra.plugin.scripts.shell.Script"
    title = "Run a shell script."
    examples = (
        (
            "A script of one line.",
            "id: script\ntype: io.kestra.plugin.scripts.shell.Script\nscript: |\n  echo hello",
        ),
    )
    language = SHELL


class CommandsTrigger(CommandsPolling):
    """Run commands, with shell at hand, and see how they end."""

    type_name = "io.kestra.plugin.scripts.shell.CommandsTrigger"
    title = "Start executions when commands with shell end in a certain way."
    examples = (
        (
            "Look every minute.",
            "id: check\n"
            "type: io.kestra.plugin.scripts.shell.CommandsTrigger\n"
            "interval: PT1M\n"
            "exitCondition: exit 0\n"
            "commands:\n"
            "  - test -s /data/in/orders.csv",
        ),
    )
    language = SHELL


class ScriptTrigger(SingleScriptPolling):
    """Run one shell script and see how it ends."""

    type_name = "io.kestra.plugin.scripts.shell.ScriptTrigger"
    title = "Start executions when a shell script ends in a certain way."
    examples = (
        (
            "Look every minute.",
            "id: check\n"
            "type: io.kestra.plugin.scripts.shell.ScriptTrigger\n"
            "interval: PT1M\n"
            "exitCondition: exit 0\n"
            "script: |\n"
            "  test -s /data/in/orders.csv",
        ),
    )
    language = SHELL
