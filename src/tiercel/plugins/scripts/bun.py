"""Tasks that run Bun."""

from __future__ import annotations

from tiercel.plugins.scripts.base import CommandsTask, SingleScriptTask
from tiercel.plugins.scripts.language import BUN


class Commands(CommandsTask):
    """Run commands, with Bun at hand."""

    type_name = "io.kestra.plugin.scripts.bun.Commands"
    title = "Run Bun from commands."
    examples = (
        (
            "One command.",
            "id: commands\ntype: io.kestra.plugin.scripts.bun.Commands\n"
            "commands:\n  - bun --version",
        ),
    )
    language = BUN


class Script(SingleScriptTask):
    """Run one Bun script."""

    type_name = "io.kestra.plugin.scripts.bun.Script"
    title = "Run a Bun script."
    examples = (
        (
            "A script of one line.",
            "id: script\ntype: io.kestra.plugin.scripts.bun.Script\n"
            'script: |\n  console.log("hello")',
        ),
    )
    language = BUN
