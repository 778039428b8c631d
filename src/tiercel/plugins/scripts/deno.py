"""Tasks that run Deno."""

from __future__ import annotations

from tiercel.plugins.scripts.base import CommandsTask, SingleScriptTask
from tiercel.plugins.scripts.language import DENO


class Commands(CommandsTask):
    """Run commands, with Deno at hand."""

    type_name = "io.kestra.plugin.scripts.deno.Commands"
    title = "Run Deno from commands."
    examples = (
        (
            "One command.",
            "id: commands\ntype: io.kestra.plugin.scripts.deno.Commands\n"
            "commands:\n  - deno --version",
        ),
    )
    language = DENO


class Script(SingleScriptTask):
    """Run one Deno script."""

    type_name = "io.kestra.plugin.scripts.deno.Script"
    title = "Run a Deno script."
    examples = (
        (
            "A script of one line.",
            "id: script\ntype: io.kestra.plugin.scripts.deno.Script\n"
            'script: |\n  console.log("hello")',
        ),
    )
    language = DENO
