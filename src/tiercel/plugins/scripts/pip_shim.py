"""``pip`` for the environments of scripts: the work is done by uv, which is some ten times faster.

Runs by itself, as ``python -I -S pip_shim.py ENVIRONMENT ARGUMENTS…``, on any Python that a script
may choose: it uses the standard library alone. Calls that uv does not know go to a real pip,
installed for the purpose inside the environment.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

UV_COMMANDS = frozenset({"install", "uninstall", "freeze", "list", "show", "check"})
REAL_PIP_OPTIONS = frozenset(
    {"--ignore-installed", "-I", "--src", "--log", "--target", "-t", "--prefix", "--root"}
)
IGNORED_OPTIONS = frozenset(
    {
        "--no-input",
        "--prefer-binary",
        "--no-warn-script-location",
        "--no-warn-conflicts",
        "--user",
        "--disable-pip-version-check",
        "--no-python-version-warning",
        "--break-system-packages",
        "-q",
        "--quiet",
        "-y",
        "--yes",
    }
)
IGNORED_WITH_VALUE = ("--root-user-action", "--progress-bar", "--timeout", "--retries")
RENAMED = (
    ("PIP_INDEX_URL", "UV_DEFAULT_INDEX"),
    ("PIP_EXTRA_INDEX_URL", "UV_INDEX"),
    ("PIP_FIND_LINKS", "UV_FIND_LINKS"),
    ("PIP_TRUSTED_HOST", "UV_INSECURE_HOST"),
    ("PIP_CERT", "SSL_CERT_FILE"),
    ("PIP_CONSTRAINT", "UV_CONSTRAINT"),
    ("PIP_NO_INDEX", "UV_NO_INDEX"),
    ("UV_INDEX_URL", "UV_DEFAULT_INDEX"),
    ("UV_EXTRA_INDEX_URL", "UV_INDEX"),
)
_COMMA_SEPARATED = frozenset({"UV_FIND_LINKS"})
_UNREACHABLE = re.compile(
    r"error sending request|dns error|failed to lookup|connection refused|could not connect"
    r"|connect error|timed? ?out|network (?:is )?unreachable|tunnel|offline",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"https?://(?:[^/\s@]*@)?([^/\s`)'\"]+)")


def uv_settings(environ: Mapping[str, str]) -> dict[str, str]:
    """Return settings of pip, and old ones of uv, by the names uv has now."""
    settings = {}
    for pip_name, uv_name in RENAMED:
        value = environ.get(pip_name, "").strip()
        if value:
            separator = "," if uv_name in _COMMA_SEPARATED else " "
            settings[uv_name] = separator.join(value.split())
    return settings


def uv_arguments(arguments: list[str]) -> list[str]:
    """Return the arguments without options of pip that mean nothing to uv."""
    kept: list[str] = []
    skip_next = False
    for argument in arguments:
        if skip_next:
            skip_next = False
            continue
        name = argument.split("=", 1)[0]
        if name in IGNORED_WITH_VALUE:
            skip_next = "=" not in argument
        elif argument not in IGNORED_OPTIONS:
            kept.append(argument)
    return kept


def index_options(environ: Mapping[str, str]) -> list[str]:
    """Return the options for what uv has no variable for."""
    refused = environ.get("UV_NO_INDEX", "").strip().lower() in ("1", "true", "yes", "on")
    return ["--no-index"] if refused else []


def explain(packages: str, error: str) -> str:
    """Return one line that says why installing failed, from what uv printed."""
    if _UNREACHABLE.search(error):
        hosts = _ADDRESS.findall(error)
        where = " at " + hosts[0] if hosts else ""
        return (
            f"The package registry{where} can't be reached, so {packages} can't be installed; "
            "set PIP_INDEX_URL or UV_DEFAULT_INDEX to one that can"
        )
    lines = [line.strip(" │╰─▶×├") for line in error.splitlines()]
    text = " ".join(line for line in lines if line)
    return f"Installing {packages} failed: {text}"


def spoken(printed: bytes) -> str:
    """Return what uv said, without the line about the environment, which is no news."""
    lines = printed.decode("utf-8", "replace").strip().splitlines()
    return "\n".join(line for line in lines if not line.startswith("Using Python "))


def run_uv(uv: str, arguments: list[str]) -> tuple[int, str]:
    """Run ``uv pip``; return its exit code and what it printed on stderr."""
    done = subprocess.run([uv, "pip", *arguments], stderr=subprocess.PIPE, check=False)
    return done.returncode, spoken(done.stderr)


def real_pip(environment: str, uv: str, arguments: list[str]) -> int:
    """Hand the call to pip itself, which is installed on its first use."""
    folder = Path(environment, "pip")
    python = Path(environment, "bin", "python")
    if not folder.is_dir():
        code, error = run_uv(uv, ["install", "--quiet", "--target", str(folder), "pip"])
        if code:
            sys.stderr.write(explain("pip", error) + "\n")
            return code
    environ = dict(os.environ, PYTHONPATH=str(folder), PIP_DISABLE_PIP_VERSION_CHECK="1")
    return subprocess.call([str(python), "-m", "pip", *arguments], env=environ)


def main(environment: str, arguments: list[str]) -> int:
    """Carry out one call of pip; returns its exit code."""
    uv = os.environ.get("TIERCEL_UV", "uv")
    os.environ.update(uv_settings(os.environ))
    command = arguments[0] if arguments else ""
    if command not in UV_COMMANDS or any(
        argument.split("=", 1)[0] in REAL_PIP_OPTIONS for argument in arguments
    ):
        return real_pip(environment, uv, arguments)
    options = index_options(os.environ) if command == "install" else []
    code, error = run_uv(uv, [*uv_arguments(arguments), *options])
    if code and command == "install":
        wanted = [argument for argument in arguments[1:] if not argument.startswith("-")]
        error = explain(", ".join(wanted) or "the requirements", error)
    if error:
        stream = sys.stderr if code else sys.stdout
        stream.write(error + "\n")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
