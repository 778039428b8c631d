"""Tasks that run shell."""

from __future__ import annotations

from tiercel.plugins.scripts.base import CommandsTask, SingleScriptTask
from tiercel.plugins.scripts.language import SHELL


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
