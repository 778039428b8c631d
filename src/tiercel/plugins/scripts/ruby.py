"""Tasks that run Ruby."""

from __future__ import annotations

from tiercel.plugins.scripts.base import CommandsTask, SingleScriptTask
from tiercel.plugins.scripts.language import RUBY
from tiercel.plugins.scripts.trigger import CommandsPolling, SingleScriptPolling


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


class CommandsTrigger(CommandsPolling):
    """Run commands, with Ruby at hand, and see how they end."""

    type_name = "io.kestra.plugin.scripts.ruby.CommandsTrigger"
    title = "Start executions when commands with Ruby end in a certain way."
    examples = (
        (
            "Look every minute.",
            "id: check\n"
            "type: io.kestra.plugin.scripts.ruby.CommandsTrigger\n"
            "interval: PT1M\n"
            "exitCondition: exit 0\n"
            "commands:\n"
            '  - ruby -e "exit 0"',
        ),
    )
    language = RUBY


class ScriptTrigger(SingleScriptPolling):
    """Run one Ruby script and see how it ends."""

    type_name = "io.kestra.plugin.scripts.ruby.ScriptTrigger"
    title = "Start executions when a Ruby script ends in a certain way."
    examples = (
        (
            "Look every minute.",
            "id: check\n"
            "type: io.kestra.plugin.scripts.ruby.ScriptTrigger\n"
            "interval: PT1M\n"
            "exitCondition: exit 0\n"
            "script: |\n"
            "  exit(Time.now.monday? ? 0 : 1)",
        ),
    )
    language = RUBY
