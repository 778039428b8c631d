"""Tasks that run Perl."""

from __future__ import annotations

from tiercel.plugins.scripts.base import CommandsTask, SingleScriptTask
from tiercel.plugins.scripts.language import PERL


class Commands(CommandsTask):
    """Run commands, with Perl at hand."""

    type_name = "io.kestra.plugin.scripts.perl.Commands"
    title = "Run Perl from commands."
    examples = (
        (
            "One command.",
            "id: commands\ntype: io.kestra.plugin.scripts.perl.Commands\ncommands:\n  - perl -v",
        ),
    )
    language = PERL


class Script(SingleScriptTask):
    """Run one Perl script."""

    type_name = "io.kestra.plugin.scripts.perl.Script"
    title = "Run a Perl script."
    examples = (
        (
            "A script of one line.",
            'id: script\ntype: io.kestra.plugin.scripts.perl.Script\nscript: |\n  print "hello";',
        ),
    )
    language = PERL
