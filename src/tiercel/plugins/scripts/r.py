"""Tasks that run R."""

from __future__ import annotations

from tiercel.plugins.scripts.base import CommandsTask, SingleScriptTask
from tiercel.plugins.scripts.language import R


class Commands(CommandsTask):
    """Run commands, with R at hand."""

    type_name = "io.kestra.plugin.scripts.r.Commands"
    title = "Run R from commands."
    examples = (
        (
            "One command.",
            "id: commands\ntype: io.kestra.plugin.scripts.r.Commands\n"
            "commands:\n  - Rscript --version",
        ),
    )
    language = R


class Script(SingleScriptTask):
    """Run one R script."""

    type_name = "io.kestra.plugin.scripts.r.Script"
    title = "Run a R script."
    examples = (
        (
            "A script of one line.",
            'id: script\ntype: io.kestra.plugin.scripts.r.Script\nscript: |\n  print("hello")',
        ),
    )
    language = R
