"""Where packages come from: the machine's settings for pip and uv, as variables that uv reads."""

from __future__ import annotations

import configparser
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from tiercel.plugins.scripts.pip_shim import RENAMED, uv_settings

_NETWORK = frozenset(
    {"SSL_CERT_FILE", "SSL_CERT_DIR", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"}
)
_NOT_PASSED = ("UV_PYTHON", "UV_PROJECT", "UV_SYSTEM_PYTHON", "UV_ENV_FILE", "UV_NO_ENV", "UV_TOOL")
_OLD_NAMES = {old for old, _ in RENAMED}
_SECTIONS = ("global", "install")


def package_settings(environ: Mapping[str, str], flow: Mapping[str, str]) -> dict[str, str]:
    """Return variables for uv: pip's files, then the machine's environment, then the flow's.

    Args:
        environ: The environment of this process.
        flow: The ``env`` of the task; only names that concern packages and network are used.
    """
    settings = uv_settings(_pip_files(environ))
    for source in (environ, flow):
        settings.update(uv_settings(source))
        settings.update({name: value for name, value in source.items() if _is_passed(name)})
    settings.update(UV_PYTHON_DOWNLOADS="never", UV_NO_PROGRESS="1")
    return settings


def _is_passed(name: str) -> bool:
    if name.upper() in _NETWORK:
        return True
    return name.startswith("UV_") and name not in _OLD_NAMES and not name.startswith(_NOT_PASSED)


def _pip_files(environ: Mapping[str, str]) -> dict[str, str]:
    """Return what pip's configuration files set, by the names of pip's variables."""
    found: dict[str, str] = {}
    for path in _pip_paths(environ):
        parser = configparser.RawConfigParser()
        try:
            parser.read(path, encoding="utf-8")
        except (configparser.Error, UnicodeDecodeError):
            # pip itself reports a broken file; the index may still come from elsewhere.
            continue
        for section in _SECTIONS:
            for option, value in parser.items(section) if parser.has_section(section) else ():
                name = f"PIP_{option.upper().replace('-', '_')}"
                if name in _OLD_NAMES:
                    found[name] = value
    return found


def _pip_paths(environ: Mapping[str, str]) -> Iterator[Path]:
    """Yield the files pip reads, the weakest first."""
    explicit = environ.get("PIP_CONFIG_FILE")
    if explicit == os.devnull:
        return
    home = Path(environ.get("HOME", "/"))
    configuration = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
    yield Path("/etc/pip.conf")
    yield home / ".pip" / "pip.conf"
    yield configuration / "pip" / "pip.conf"
    yield Path(sys.prefix) / "pip.conf"
    if explicit:
        yield Path(explicit)
