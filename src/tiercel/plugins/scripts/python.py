"""Tasks that run Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pydantic import Field

from tiercel.plugin.properties import Text, TextList
from tiercel.plugins.scripts.base import CommandsTask, ScriptPlugin, SingleScriptTask
from tiercel.plugins.scripts.language import PYTHON
from tiercel.plugins.scripts.python_setup import Wishes
from tiercel.plugins.scripts.trigger import CommandsPolling, SingleScriptPolling


class PythonPlugin(ScriptPlugin):
    """What runs Python: packages to install before they run.

    ``packageManager`` and the ``uv…`` properties are accepted; uv always does the work.
    """

    language = PYTHON

    dependencies: TextList | None = Field(
        default=None,
        description=(
            "Packages to install before the commands run, as pip names them: `pandas`, "
            "`requests>=2.31`."
        ),
    )
    dependency_cache_enabled: bool = Field(
        default=True,
        alias="dependencyCacheEnabled",
        description=(
            "Whether installed packages are kept for later runs with the same wishes; `false` "
            "installs them anew each time."
        ),
    )
    package_manager: Text = Field(
        default="UV",
        alias="packageManager",
        description="Accepted without effect: uv installs the packages.",
    )
    python_version: Text | None = Field(
        default=None,
        alias="pythonVersion",
        description=(
            "Version of Python to run on, such as `3.12`. When the machine does not have it, "
            "another one is used and the log says so."
        ),
    )
    uv_auto_install_enabled: bool = Field(
        default=True,
        alias="uvAutoInstallEnabled",
        description="Accepted without effect: uv comes with Tiercel.",
    )
    uv_installer_version: Text | None = Field(
        default=None,
        alias="uvInstallerVersion",
        description="Accepted without effect: uv comes with Tiercel.",
    )
    uv_installer_sha256: Text | None = Field(
        default=None,
        alias="uvInstallerSha256",
        description="Accepted without effect: uv comes with Tiercel.",
    )

    def wishes_of(self, before: Sequence[str], text: str, env: Mapping[str, str]) -> Wishes:
        """Return the wishes of the commands with the packages and the version."""
        return replace(
            super().wishes_of(before, text, env),
            dependencies=self.dependencies or (),
            version=self.python_version,
            is_cached=self.dependency_cache_enabled,
        )


class Commands(PythonPlugin, CommandsTask):
    """Run commands, with Python at hand."""

    type_name = "io.kestra.plugin.scripts.python.Commands"
    title = "Run Python from commands."
    examples = (
        (
            "A module with packages.",
            "id: commands\ntype: io.kestra.plugin.scripts.python.Commands\n"
            "dependencies:\n  - requests\ncommands:\n  - python main.py\n"
            "inputFiles:\n  main.py: |\n    import requests\n    print(requests.__version__)",
        ),
    )


class Script(PythonPlugin, SingleScriptTask):
    """Run one Python script."""

    type_name = "io.kestra.plugin.scripts.python.Script"
    title = "Run a Python script."
    examples = (
        (
            "Report an output.",
            "id: script\ntype: io.kestra.plugin.scripts.python.Script\n"
            "beforeCommands:\n  - pip install kestra\n"
            "script: |\n  from kestra import Kestra\n  Kestra.outputs({'answer': 42})",
        ),
    )


class CommandsTrigger(PythonPlugin, CommandsPolling):
    """Run commands, with Python at hand, and see how they end."""

    type_name = "io.kestra.plugin.scripts.python.CommandsTrigger"
    title = "Start executions when commands with Python end in a certain way."
    examples = (
        (
            "Look every minute.",
            "id: check\n"
            "type: io.kestra.plugin.scripts.python.CommandsTrigger\n"
            "interval: PT1M\n"
            "exitCondition: exit 0\n"
            "commands:\n"
            '  - python -c "import sys; sys.exit(0)"',
        ),
    )


class ScriptTrigger(PythonPlugin, SingleScriptPolling):
    """Run one Python script and see how it ends."""

    type_name = "io.kestra.plugin.scripts.python.ScriptTrigger"
    title = "Start executions when a Python script ends in a certain way."
    examples = (
        (
            "Look every minute.",
            "id: check\n"
            "type: io.kestra.plugin.scripts.python.ScriptTrigger\n"
            "interval: PT1M\n"
            "exitCondition: ready\n"
            "script: |\n"
            "  import pathlib\n"
            '  print("ready" if pathlib.Path("/data/in/orders.csv").exists() else "waiting")',
        ),
    )
