"""Tasks that run PHP."""

from __future__ import annotations

from tiercel.plugins.scripts.base import CommandsTask, SingleScriptTask
from tiercel.plugins.scripts.language import PHP


class Commands(CommandsTask):
    """Run commands, with PHP at hand."""

    type_name = "io.kestra.plugin.scripts.php.Commands"
    title = "Run PHP from commands."
    examples = (
        (
            "One command.",
            "id: commands\ntype: io.kestra.plugin.scripts.php.Commands\n"
            "commands:\n  - php --version",
        ),
    )
    language = PHP


class Script(SingleScriptTask):
    """Run one PHP script."""

    type_name = "io.kestra.plugin.scripts.php.Script"
    title = "Run a PHP script."
    examples = (
        (
            "A script of one line.",
            "id: script\ntype: io.kestra.plugin.scripts.php.Script\n"
            'script: |\n  <?php echo "hello";',
        ),
    )
    language = PHP
