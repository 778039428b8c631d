"""One task per command of dbt, after a Setup in the same WorkingDirectory."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import yaml
from pydantic import Field

from tiercel.plugin.context import TaskContext
from tiercel.plugin.properties import Text, TextList
from tiercel.plugins.dbt.cli import DBT, DbtPlugin
from tiercel.plugins.scripts.base import ScriptRun, ScriptTask
from tiercel.plugins.scripts.python_setup import Wishes

_PROFILES = ".profile"
_BESIDE = ".kestra_additional_python_lib"
_LAUNCHER = """\
mkdir -p bin
if [ -d "$WORKING_DIR/{beside}" ]
then printf '%s\\n' '#!/bin/sh' "PYTHONPATH='$WORKING_DIR/{beside}' exec {python} -m dbt.cli.main \\
\\"\\$@\\"" > bin/dbt
else printf '%s\\n' '#!/bin/sh' "exec '$(command -v dbt)' \\"\\$@\\"" > bin/dbt
fi
chmod +x bin/dbt"""
_EXAMPLE = """\
id: {name}
type: io.kestra.plugin.core.flow.WorkingDirectory
tasks:
  - id: clone
    type: io.kestra.plugin.git.Clone
    url: https://github.com/company/shop
  - id: setup
    type: io.kestra.plugin.dbt.cli.Setup
    requirements:
      - dbt-duckdb
    profiles:
      shop:
        target: dev
        outputs:
          dev:
            type: duckdb
            path: shop.db
  - id: {name}_models
    type: io.kestra.plugin.dbt.cli.{kind}
"""


def _examples(kind: str) -> tuple[tuple[str, str], ...]:
    return (("A project of a repository.", _EXAMPLE.format(kind=kind, name=kind.lower())),)


class Setup(ScriptTask):
    """Prepare a working directory for dbt: ``bin/dbt`` with its packages, and the profiles.

    Outputs: ``vars``, ``exitCode``, ``outputFiles``.
    """

    type_name = "io.kestra.plugin.dbt.cli.Setup"
    title = "Prepare dbt in a working directory (use dbt.cli.DbtCLI)."
    is_deprecated = True
    examples = _examples("Build")
    language = DBT

    profiles: Text | dict[str, Any] = Field(
        description="Content of `profiles.yml`: its text, a map, or the URI of a stored file."
    )
    requirements: TextList = Field(
        description="Packages to install, the adapter among them, such as `dbt-duckdb`."
    )
    python_path: Text = Field(
        default="python", description="Name or path of the Python that runs dbt."
    )

    async def before_run(self, context: TaskContext, folder: Path) -> None:
        """Write the profiles."""
        text = self.profiles if isinstance(self.profiles, str) else yaml.safe_dump(self.profiles)
        target = folder / _PROFILES / "profiles.yml"
        target.parent.mkdir(exist_ok=True)
        if text.startswith("kestra://"):
            await context.fetch_file(text, target)
        else:
            target.write_text(_as_yaml(text), encoding="utf-8")

    async def main_commands(self, run: ScriptRun) -> list[str]:
        """Return what makes ``bin/dbt`` of the packages that were installed."""
        return [_LAUNCHER.format(beside=_BESIDE, python=shlex.quote(self.python_path))]

    def main_text(self) -> str:
        """Return nothing: what is run is no text of the flow."""
        return ""

    def wishes_of(self, before: Sequence[str], text: str, env: Mapping[str, str]) -> Wishes:
        """Return the wishes of the commands with the packages."""
        return replace(super().wishes_of(before, text, env), dependencies=self.requirements)


def _as_yaml(text: str) -> str:
    """Return a text that is JSON of a map as YAML; others are YAML already."""
    try:
        written = json.loads(text)
    except ValueError:
        return text
    return yaml.safe_dump(written)


class DbtCommand(DbtPlugin, ScriptTask):
    """Base of the tasks that run one command of dbt.

    Outputs: ``vars``, ``exitCode``, ``outputFiles`` with ``run_results.json`` and
    ``manifest.json``.

    Class attributes:
        command: As dbt calls it.
    """

    is_deprecated = True
    command: ClassVar[str]

    dbt_path: Text = Field(
        default="./bin/dbt", description="Path of the dbt to run; Setup makes the usual one."
    )
    debug: bool = Field(default=False, description="Whether dbt logs at its debug level.")
    fail_fast: bool = Field(
        default=False, alias="failFast", description="Whether dbt stops at the first failure."
    )
    warn_error: bool = Field(default=False, description="Whether dbt takes warnings for errors.")
    target: Text | None = Field(
        default=None,
        description=("Target of the profile to run on. The profile's default when it is left out."),
    )

    async def main_commands(self, run: ScriptRun) -> list[str]:
        """Return the one command with its options."""
        parts = [self.dbt_path, "--log-format", "json"]
        for flag, is_wanted in (
            ("--debug", self.debug),
            ("--fail-fast", self.fail_fast),
            ("--warn-error", self.warn_error),
        ):
            parts += [flag] if is_wanted else []
        parts += [*self.command.split(), "--profiles-dir", _PROFILES]
        for option, value in (("--project-dir", self.project_dir), ("--target", self.target)):
            parts += [option, value] if value else []
        return [shlex.join([*parts, *self.more_options()])]

    def main_text(self) -> str:
        """Return nothing: what is run is no text of the flow."""
        return ""

    def more_options(self) -> list[str]:
        """Return the options that only some commands have."""
        return []


class _OfModels(DbtCommand):
    """Commands that take a part of the project.

    Class attributes:
        can_refresh: It builds models, which ``fullRefresh`` makes it do anew.
    """

    can_refresh: ClassVar[bool] = False

    thread: int | None = Field(
        default=None,
        description="How many threads dbt uses. As the profile says when it is left out.",
    )
    selector: Text | None = Field(
        default=None, description="Name of a selector of `selectors.yml`."
    )
    select: TextList | None = Field(
        default=None,
        description=(
            "Which models are meant, as `--select` of dbt takes them. All when it is left out."
        ),
    )
    exclude: TextList | None = Field(
        default=None, description="Which models are left out, as `--exclude` of dbt takes them."
    )

    full_refresh: bool = Field(
        default=False,
        description=(
            "Whether incremental models are built anew. Without effect for commands that build "
            "none."
        ),
    )

    def more_options(self) -> list[str]:
        """Return which models are meant, and how many at once."""
        options = ["--threads", str(self.thread)] if self.thread is not None else []
        options += ["--selector", self.selector] if self.selector else []
        options += ["--select", *self.select] if self.select else []
        options += ["--exclude", *self.exclude] if self.exclude else []
        options += ["--full-refresh"] if self.full_refresh and self.can_refresh else []
        return options


class Build(_OfModels):
    """Build, seed, snapshot and test a dbt project: ``dbt build``."""

    type_name = "io.kestra.plugin.dbt.cli.Build"
    title = "Build, seed, snapshot and test a dbt project (use dbt.cli.DbtCLI)."
    examples = _examples("Build")
    command = "build"
    can_refresh = True


class Run(_OfModels):
    """Run the models of a dbt project: ``dbt run``."""

    type_name = "io.kestra.plugin.dbt.cli.Run"
    title = "Run the models of a dbt project (use dbt.cli.DbtCLI)."
    examples = _examples("Run")
    command = "run"
    can_refresh = True


class Test(_OfModels):
    """Test a dbt project: ``dbt test``."""

    type_name = "io.kestra.plugin.dbt.cli.Test"
    title = "Test a dbt project (use dbt.cli.DbtCLI)."
    examples = _examples("Test")
    command = "test"


class Seed(_OfModels):
    """Load the CSV files of a dbt project: ``dbt seed``."""

    type_name = "io.kestra.plugin.dbt.cli.Seed"
    title = "Load the CSV files of a dbt project (use dbt.cli.DbtCLI)."
    examples = _examples("Seed")
    command = "seed"
    can_refresh = True


class Snapshot(_OfModels):
    """Take the snapshots of a dbt project: ``dbt snapshot``."""

    type_name = "io.kestra.plugin.dbt.cli.Snapshot"
    title = "Take the snapshots of a dbt project (use dbt.cli.DbtCLI)."
    examples = _examples("Snapshot")
    command = "snapshot"


class Compile(_OfModels):
    """Compile a dbt project: ``dbt compile``."""

    type_name = "io.kestra.plugin.dbt.cli.Compile"
    title = "Compile a dbt project (use dbt.cli.DbtCLI)."
    examples = _examples("Compile")
    command = "compile"
    can_refresh = True


class Deps(DbtCommand):
    """Install the packages of a dbt project: ``dbt deps``."""

    type_name = "io.kestra.plugin.dbt.cli.Deps"
    title = "Install the packages of a dbt project (use dbt.cli.DbtCLI)."
    examples = _examples("Deps")
    command = "deps"


class List(_OfModels):
    """List what a dbt project has: ``dbt list``."""

    type_name = "io.kestra.plugin.dbt.cli.List"
    title = "List what a dbt project has (use dbt.cli.DbtCLI)."
    examples = _examples("List")
    command = "list"


class Freshness(_OfModels):
    """See how fresh the sources of a dbt project are: ``dbt source freshness``."""

    type_name = "io.kestra.plugin.dbt.cli.Freshness"
    title = "See how fresh the sources of a dbt project are (use dbt.cli.DbtCLI)."
    examples = _examples("Freshness")
    command = "source freshness"
