"""Tasks that run Groovy."""

from __future__ import annotations

from tiercel.plugins.scripts.base import CommandsTask, SingleScriptTask
from tiercel.plugins.scripts.language import GROOVY


class Commands(CommandsTask):
    """Run commands, with Groovy at hand."""

    type_name = "io.kestra.plugin.scripts.groovy.Commands"
    title = "Run Groovy from commands."
    examples = (
        (
            "One command.",
            "id: commands\ntype: io.kestra.plugin.scripts.groovy.Commands\n"
            "commands:\n  - groovy --version",
        ),
    )
    language = GROOVY


class Script(SingleScriptTask):
    """Run one Groovy script."""

    type_name = "io.kestra.plugin.scripts.groovy.Script"
    title = "Run a Groovy script."
    examples = (
        (
            "A script of one line.",
            "id: script\ntype: io.kestra.plugin.scripts.groovy.Script\n"
            'script: |\n  println "hello"',
        ),
    )
    language = GROOVY
