"""Tasks that run Julia."""

from __future__ import annotations

from tiercel.plugins.scripts.base import CommandsTask, SingleScriptTask
from tiercel.plugins.scripts.language import JULIA


class Commands(CommandsTask):
    """Run commands, with Julia at hand."""

    type_name = "io.kestra.plugin.scripts.julia.Commands"
    title = "Run Julia from commands."
    examples = (
        (
            "One command.",
            "id: commands\ntype: io.kestra.plugin.scripts.julia.Commands\n"
            "commands:\n  - julia --version",
        ),
    )
    language = JULIA


class Script(SingleScriptTask):
    """Run one Julia script."""

    type_name = "io.kestra.plugin.scripts.julia.Script"
    title = "Run a Julia script."
    examples = (
        (
            "A script of one line.",
            "id: script\ntype: io.kestra.plugin.scripts.julia.Script\n"
            'script: |\n  println("hello")',
        ),
    )
    language = JULIA
