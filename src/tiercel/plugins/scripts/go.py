"""Tasks that run Go."""

from __future__ import annotations

from tiercel.plugins.scripts.base import CommandsTask, SingleScriptTask
from tiercel.plugins.scripts.language import GO
from tiercel.plugins.scripts.trigger import CommandsPolling, SingleScriptPolling


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


class CommandsTrigger(CommandsPolling):
    """Run commands, with Go at hand, and see how they end."""

    type_name = "io.kestra.plugin.scripts.go.CommandsTrigger"
    title = "Start executions when commands with Go end in a certain way."
    examples = (
        (
            "Look every minute.",
            "id: check\n"
            "type: io.kestra.plugin.scripts.go.CommandsTrigger\n"
            "interval: PT1M\n"
            "exitCondition: exit 0\n"
            "commands:\n"
            "  - go run check.go",
        ),
    )
    language = GO


class ScriptTrigger(SingleScriptPolling):
    """Run one Go script and see how it ends."""

    type_name = "io.kestra.plugin.scripts.go.ScriptTrigger"
    title = "Start executions when a Go script ends in a certain way."
    examples = (
        (
            "Look every minute.",
            "id: check\n"
            "type: io.kestra.plugin.scripts.go.ScriptTrigger\n"
            "interval: PT1M\n"
            "exitCondition: ready\n"
            "script: |\n"
            "  package main\n"
            '  import "fmt"\n'
            '  func main() { fmt.Println("ready") }',
        ),
    )
    language = GO
