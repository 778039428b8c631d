"""The languages of script tasks: what differs between them, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

_SHELL = ("/bin/sh", "-c")


@dataclass(frozen=True, slots=True)
class Language:
    """One language.

    Attributes:
        name: As in ``io.kestra.plugin.scripts.<name>``.
        extension: Of the file that a script is saved to.
        command: Runs that file, ``{file}``. Empty: the script is the command itself.
        image: Default container image, for runners that have containers.
        interpreter: Gets all commands as its last argument.
        env: Variables under those of the task.
        fail_fast: First line of the commands when they stop at the first failure.
        uses_python: ``python`` is looked for before the rest of ``PATH``.
    """

    name: str
    extension: str
    command: str
    image: str
    interpreter: tuple[str, ...] = _SHELL
    env: Mapping[str, str] = field(default_factory=dict)
    fail_fast: str = "set -e"
    uses_python: bool = False


SHELL = Language("shell", "", "", "ubuntu")
PYTHON = Language(
    "python",
    ".py",
    "python {file}",
    "python:3.13-slim",
    env={
        "PYTHONUNBUFFERED": "true",
        "PIP_ROOT_USER_ACTION": "ignore",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    },
    uses_python=True,
)
NODE = Language("node", ".js", "node {file}", "node")
POWERSHELL = Language(
    "powershell",
    ".ps1",
    "& {file}",
    "ghcr.io/kestra-io/powershell:latest",
    ("pwsh", "-NoProfile", "-NonInteractive", "-Command"),
    fail_fast='$ErrorActionPreference = "Stop"',
)
R = Language("r", ".R", "Rscript {file}", "r-base")
JULIA = Language("julia", ".jl", "julia {file}", "julia")
RUBY = Language("ruby", ".rb", "ruby {file}", "ruby")
PERL = Language("perl", ".pl", "perl {file}", "perl")
PHP = Language("php", ".php", "php {file}", "php")
GO = Language("go", ".go", "go run {file}", "golang")
LUA = Language("lua", ".lua", "lua {file}", "nickblah/lua")
DENO = Language("deno", ".ts", "deno run {file}", "denoland/deno")
BUN = Language("bun", ".ts", "bun run {file}", "oven/bun")
DOTNET = Language(
    "dotnet",
    ".csx",
    'PATH="$PATH:$HOME/.dotnet/tools"; command -v dotnet-script >/dev/null'
    " || dotnet tool install --global dotnet-script >/dev/null; dotnet-script {file}",
    "mcr.microsoft.com/dotnet/sdk:10.0",
)
JBANG = Language("jbang", ".java", "jbang {file}", "jbangdev/jbang-action")
GROOVY = Language("groovy", ".groovy", "groovy {file}", "groovy")
