"""Runs dbt commands, reads its log, keeps its results."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from tiercel.model.state import StateType
from tiercel.model.task import LogLevel
from tiercel.plugin.context import TaskContext
from tiercel.plugin.properties import Text
from tiercel.plugins.scripts.base import CommandsTask, ScriptPlugin, ScriptRun
from tiercel.plugins.scripts.interpreters import search_path
from tiercel.plugins.scripts.language import Language
from tiercel.plugins.scripts.protocol import OutputReader
from tiercel.plugins.scripts.python_setup import Wishes

DBT = Language(
    "dbt",
    "",
    "",
    "ghcr.io/kestra-io/dbt",
    env={
        "PYTHONUNBUFFERED": "true",
        "PIP_ROOT_USER_ACTION": "ignore",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    },
    uses_python=True,
)
_ADAPTER_OF_PROFILE = re.compile(r"^\s*type:\s*['\"]?(\w+)", re.MULTILINE)
_ADAPTER_OF_IMAGE = re.compile(r"\bdbt-(\w+)")
_LEVELS = {"debug": LogLevel.DEBUG, "info": LogLevel.INFO, "warn": LogLevel.WARN}
# later ones fetch a part of themselves from elsewhere while they are installed
_CORE = "dbt-core<1.12"
_RESULTS = ("run_results.json", "manifest.json")


class ManifestPlace(BaseModel):
    """The key-value entry that holds a manifest."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: Text = Field(description="Name of the key-value entry.")
    namespace: Text = Field(description="Namespace of the key-value entry.")


class DbtPlugin(ScriptPlugin):
    """What all tasks that run dbt share: they read its log and keep its results."""

    language = DBT

    project_dir: Text | None = Field(
        default=None,
        description=(
            "Folder of the dbt project below the working directory. The working directory "
            "itself when it is left out."
        ),
    )
    parse_run_results: bool = Field(
        default=True,
        description="Whether metrics of each model are published from dbt's `run_results.json`.",
    )

    def output_reader(self, context: TaskContext) -> OutputReader:
        """Return what reads dbt's JSON log."""
        return DbtReader(context)

    def final_state(self, reader: OutputReader) -> StateType:
        """Return WARNING when dbt warned of something."""
        has_warned = isinstance(reader, DbtReader) and reader.has_warned
        return StateType.WARNING if has_warned else StateType.SUCCESS

    async def more_files(self, context: TaskContext, folder: Path) -> dict[str, str]:
        """Store dbt's results and publish what they say."""
        target, stored = self.target_folder(folder), dict[str, str]()
        if self.parse_run_results:
            _publish(context, json_of(target / "run_results.json"))
        for name in _RESULTS:
            if (target / name).is_file():
                copy = folder / f"{secrets.token_hex(8)}-{name}"
                shutil.copyfile(target / name, copy)
                stored[name] = await context.store_file(copy)
        return stored

    def target_folder(self, folder: Path) -> Path:
        """Return where dbt writes its results."""
        return folder / (self.project_dir or ".") / "target"


class DbtCLI(DbtPlugin, CommandsTask):
    """Run dbt commands. Outputs: ``vars``, ``exitCode``, ``outputFiles``.

    What dbt logs goes to the task's log at its level. ``run_results.json`` and ``manifest.json``
    are among the ``outputFiles``, after a failure too. On a machine without dbt, and without a
    container, dbt is installed once, with the adapter that the profile names.
    """

    type_name = "io.kestra.plugin.dbt.cli.DbtCLI"
    title = "Run dbt commands."
    examples = (
        (
            "Build a project that is kept in the namespace, on DuckDB.",
            "id: dbt_build\ntype: io.kestra.plugin.dbt.cli.DbtCLI\n"
            "taskRunner:\n  type: io.kestra.plugin.core.runner.Process\n"
            "namespaceFiles:\n  enabled: true\ncommands:\n  - dbt deps\n  - dbt build\n"
            "profiles: |\n  shop:\n    target: dev\n    outputs:\n      dev:\n"
            "        type: duckdb\n        path: shop.db",
        ),
    )

    profiles: Text | None = Field(
        default=None,
        description="Text of `profiles.yml`, which is written into the working directory.",
    )
    store_manifest: ManifestPlace | None = Field(
        default=None,
        description="Key-value entry that dbt's `manifest.json` is kept in, for later runs.",
    )
    load_manifest: ManifestPlace | None = Field(
        default=None,
        description=(
            "Key-value entry that `manifest.json` of an earlier run is taken from, for "
            "instance for `--defer`."
        ),
    )
    log_format: Text = Field(
        default="JSON",
        description=(
            "`JSON` lets dbt log in a form from which levels and metrics are read; any other "
            "word leaves its options alone."
        ),
    )
    engine: Text = Field(
        default="CORE", description="Accepted without effect: the dbt that is installed runs."
    )

    async def before_run(self, context: TaskContext, folder: Path) -> None:
        """Write the profiles and the manifest of an earlier run."""
        if self.profiles:
            path = folder / "profiles.yml"
            if path.exists():
                context.log(LogLevel.WARN, "A 'profiles.yml' file already exist, it is overwritten")
            path.write_text(self.profiles, encoding="utf-8")
        if self.load_manifest is None:
            return
        place = self.load_manifest
        found, manifest = await context.key_values.get(place.namespace, place.key)
        if not found:
            context.log(LogLevel.WARN, f"There is no manifest under the key '{place.key}'")
            return
        target = self.target_folder(folder)
        target.mkdir(parents=True, exist_ok=True)
        (target / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")

    async def main_commands(self, run: ScriptRun) -> list[str]:
        """Return the commands, those of dbt with a log in JSON."""
        return [self._with_options(line) for line in await super().main_commands(run)]

    def _with_options(self, command: str) -> str:
        if not re.match(r"\s*dbt\s", command) or "\n" in command.strip():
            return command
        text = command.rstrip()
        if self.log_format.upper() == "JSON" and "--log-format" not in text:
            text += " --log-format json"
        if self.project_dir and "--project-dir" not in text:
            text += f" --project-dir {self.project_dir}"
        return text

    def wishes_of(self, before: Sequence[str], text: str, env: Mapping[str, str]) -> Wishes:
        """Ask for dbt itself where the machine has none."""
        wishes = super().wishes_of(before, text, env)
        path = env.get("PATH") or search_path(os.environ)
        if shutil.which("dbt", path=path) is not None or "dbt" in " ".join(before):
            return wishes
        return replace(wishes, dependencies=self._packages())

    def _packages(self) -> list[str]:
        adapters = set(_ADAPTER_OF_PROFILE.findall(self.profiles or ""))
        if not adapters and self.container_image:
            adapters = set(_ADAPTER_OF_IMAGE.findall(self.container_image))
        return [_CORE, *(f"dbt-{name}" for name in sorted(adapters))]

    async def more_files(self, context: TaskContext, folder: Path) -> dict[str, str]:
        """Store dbt's results, and its manifest as a key-value entry where that is wished."""
        if self.store_manifest is not None:
            place = self.store_manifest
            manifest = json_of(self.target_folder(folder) / "manifest.json")
            if manifest:
                await context.key_values.set(place.namespace, place.key, manifest, "JSON")
        return await super().more_files(context, folder)


class DbtReader(OutputReader):
    """Reads dbt's log: a JSON object per line; other lines are logged as they are.

    Attributes:
        has_warned: Whether dbt has warned of anything.
    """

    def __init__(self, context: TaskContext) -> None:
        super().__init__(context)
        self.has_warned = False

    def __call__(self, line: str, *, is_stderr: bool) -> None:
        """Take one line without its end."""
        entry = _entry(line)
        if entry is None:
            super().__call__(line, is_stderr=False)
            return
        self.counts[is_stderr] += 1
        info = entry.get("info", entry)
        level = _LEVELS.get(str(info.get("level", "")).lower(), LogLevel.ERROR)
        self.has_warned = self.has_warned or level is LogLevel.WARN
        message = str(info.get("msg", ""))
        if level is LogLevel.ERROR and message.strip():
            self.last_error = message.strip()[:500]
        parts = (("Date", "ts"), ("Thread", "thread"), ("Type", "name"))
        prefix = [f"[{title}: {info[key]}]" for title, key in parts if info.get(key)]
        self._context.log(level, " ".join([*prefix, message]))
        self._count(entry)

    def _count(self, entry: Mapping[str, Any]) -> None:
        data = entry.get("data")
        stats = data.get("stats") if isinstance(data, Mapping) else None
        for name, value in stats.items() if isinstance(stats, Mapping) else ():
            if isinstance(value, int | float) and not isinstance(value, bool):
                self._context.metric("counter", str(name), float(value), None)


def _entry(line: str) -> dict[str, Any] | None:
    if not line.startswith("{"):
        return None
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    return entry if isinstance(entry, dict) and ("info" in entry or "level" in entry) else None


def json_of(path: Path) -> dict[str, Any]:
    """Return what a file of dbt holds; nothing when it is not there or half written."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _publish(context: TaskContext, results: Mapping[str, Any]) -> None:
    """Publish how much each model changed and how long it took, one log line per model."""
    for result in results.get("results", ()):
        model = str(result.get("unique_id", "")).rpartition(".")[2]
        seconds = float(result.get("execution_time") or 0)
        context.metric("timer", "duration", seconds * 1000, {"model": model})
        response = result.get("adapter_response") or {}
        for key, name in (
            ("rows_affected", "rows.affected"),
            ("bytes_processed", "bytes.processed"),
        ):
            value = response.get(key)
            if isinstance(value, int | float):
                context.metric("counter", name, float(value), {"model": model})
