"""Tasks that run PowerShell."""

from __future__ import annotations

from tiercel.plugins.scripts.base import CommandsTask, SingleScriptTask
from tiercel.plugins.scripts.language import POWERSHELL


class Commands(CommandsTask):
    """Run commands, with PowerShell at hand."""

    type_name = "io.kestra.plugin.scripts.powershell.Commands"
    title = "Run PowerShell from commands."
    examples = (
        (
            "One command.",
            "id: commands\ntype: io.kestra.plugin.scripts.powershell.Commands\n"
            "commands:\n  - Write-Output hello",
        ),
    )
    language = POWERSHELL


class Script(SingleScriptTask):
    """Run one PowerShell script."""

    type_name = "io.kestra.plugin.scripts.powershell.Script"
    title = "Run a PowerShell script."
    examples = (
        (
            "A script of one line.",
            "id: script\ntype: io.kestra.plugin.scripts.powershell.Script\n"
            "script: |\n  Write-Output hello",
        ),
    )
    language = POWERSHELL
