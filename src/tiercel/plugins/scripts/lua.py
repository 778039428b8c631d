"""Tasks that run Lua."""

from __future__ import annotations

from tiercel.plugins.scripts.base import CommandsTask, SingleScriptTask
from tiercel.plugins.scripts.language import LUA


class Commands(CommandsTask):
    """Run commands, with Lua at hand."""

    type_name = "io.kestra.plugin.scripts.lua.Commands"
    title = "Run Lua from commands."
    examples = (
        (
            "One command.",
            "id: commands\ntype: io.kestra.plugin.scripts.lua.Commands\ncommands:\n  - lua -v",
        ),
    )
    language = LUA


class Script(SingleScriptTask):
    """Run one Lua script."""

    type_name = "io.kestra.plugin.scripts.lua.Script"
    title = "Run a Lua script."
    examples = (
        (
            "A script of one line.",
            'id: script\ntype: io.kestra.plugin.scripts.lua.Script\nscript: |\n  print("hello")',
        ),
    )
    language = LUA
