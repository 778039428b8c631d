"""Tasks that run Go."""

from __future__ import annotations

from tiercel.plugins.scripts.base import CommandsTask, SingleScriptTask
from tiercel.plugins.scripts.language import GO


class Commands(CommandsTask):
    """Run commands, with Go at hand."""

    type_name = "io.kestra.plugin.scripts.go.Commands"
    title = "Run Go from commands."
    examples = (
        (
            "One command.",
            "id: commands\ntype: io.kestra.plugin.scripts.go.Commands\ncommands:\n  - go version",
        ),
    )
    language = GO


class Script(SingleScriptTask):
    """Run one Go script."""

    type_name = "io.kestra.plugin.scripts.go.Script"
    title = "Run a Go script."
    examples = (
        (
            "A script of one line.",
            "id: script\ntype: io.kestra.plugin.scripts.go.Script\n"
            "script: |\n  package main\n  func main() { println(1) }",
        ),
    )
    language = GO
