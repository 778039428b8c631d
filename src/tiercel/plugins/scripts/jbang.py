"""Tasks that run Java through JBang."""

from __future__ import annotations

import shlex

from pydantic import Field

from tiercel.plugin.properties import Text
from tiercel.plugins.scripts.base import CommandsTask, ScriptRun, SingleScriptTask
from tiercel.plugins.scripts.language import JBANG


class Commands(CommandsTask):
    """Run commands, with JBang at hand."""

    type_name = "io.kestra.plugin.scripts.jbang.Commands"
    title = "Run JBang from commands."
    examples = (
        (
            "One command.",
            "id: commands\ntype: io.kestra.plugin.scripts.jbang.Commands\n"
            "commands:\n  - jbang --quiet hello.java",
        ),
    )
    language = JBANG

    quiet: bool = Field(
        default=True, description="Accepted without effect: write `--quiet` in the command."
    )


class Script(SingleScriptTask):
    """Run one script of Java or Kotlin, by its extension."""

    type_name = "io.kestra.plugin.scripts.jbang.Script"
    title = "Run a JBang script."
    examples = (
        (
            "A class with a main method.",
            "id: script\ntype: io.kestra.plugin.scripts.jbang.Script\nscript: |\n"
            "  class hello {\n    public static void main(String... args) {\n"
            '      System.out.println("hello");\n    }\n  }',
        ),
    )
    language = JBANG

    extension: Text = Field(
        default=".java",
        description=(
            "Extension of the script's file, which tells JBang the language: `.java`, `.kt`, "
            "`.jsh`, `.groovy`."
        ),
    )
    quiet: bool = Field(
        default=True, description="`true` keeps JBang's own messages out of the log."
    )

    async def main_commands(self, run: ScriptRun) -> list[str]:
        """Save the script and run it."""
        path = run.save(await run.text(self.script), self.extension)
        option = " --quiet" if self.quiet else ""
        return [f"jbang{option} {shlex.quote(str(path))}"]
