"""Tasks that run Ruby."""

from __future__ import annotations

from tiercel.plugins.scripts.base import CommandsTask, SingleScriptTask
from tiercel.plugins.scripts.language import RUBY


class Commands(CommandsTask):
    """Run commands, with Ruby at hand."""

    type_name = "io.kestra.plugin.scripts.ruby.Commands"
    title = "Run Ruby from commands."
    examples = (
        (
            "One command.",
            "id: commands\ntype: io.kestra.plugin.scripts.ruby.Commands\n"
            "commands:\n  - ruby --version",
        ),
    )
    language = RUBY


class Script(SingleScriptTask):
    """Run one Ruby script."""

    type_name = "io.kestra.plugin.scripts.ruby.Script"
    title = "Run a Ruby script."
    examples = (
        (
            "A script of one line.",
            'id: script\ntype: io.kestra.plugin.scripts.ruby.Script\nscript: |\n  puts "hello"',
        ),
    )
    language = RUBY
