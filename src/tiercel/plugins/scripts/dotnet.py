"""Tasks that run C#."""

from __future__ import annotations

from tiercel.plugins.scripts.base import CommandsTask, SingleScriptTask
from tiercel.plugins.scripts.language import DOTNET


class Commands(CommandsTask):
    """Run commands, with .NET at hand."""

    type_name = "io.kestra.plugin.scripts.dotnet.Commands"
    title = "Run .NET from commands."
    examples = (
        (
            "One command.",
            "id: commands\ntype: io.kestra.plugin.scripts.dotnet.Commands\n"
            "commands:\n  - dotnet --version",
        ),
    )
    language = DOTNET


class Script(SingleScriptTask):
    """Run one C# script."""

    type_name = "io.kestra.plugin.scripts.dotnet.Script"
    title = "Run a C# script."
    examples = (
        (
            "A script of one line.",
            "id: script\ntype: io.kestra.plugin.scripts.dotnet.Script\n"
            'script: |\n  Console.WriteLine("hello");',
        ),
    )
    language = DOTNET
