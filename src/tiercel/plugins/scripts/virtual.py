"""Virtual environments of scripts, made by hand: a dozen small files, in a millisecond."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Mapping
from pathlib import Path

from tiercel.plugins.scripts.interpreters import Interpreter
from tiercel.plugins.scripts.pip_calls import PipCall

_SHIM = Path(__file__).with_name("pip_shim.py")
_MODULE = """\
import os
import sys

pip = {pip!r}
os.execv(pip, [pip, *sys.argv[1:]])
"""


def site_packages(folder: Path, interpreter: Interpreter) -> Path:
    """Return where the environment's packages lie."""
    return folder / "lib" / f"python{interpreter.minor}" / "site-packages"


def create_environment(
    folder: Path, interpreter: Interpreter, *, linked: Iterable[Path] = ()
) -> None:
    """Make an environment without packages of its own and without pip.

    The packages of the interpreter are visible in it, unless Tiercel is among them.

    Args:
        folder: Must not exist, or be empty.
        linked: Folders of packages that are visible too.
    """
    packages = site_packages(folder, interpreter)
    packages.mkdir(parents=True)
    scripts = folder / "bin"
    scripts.mkdir()
    for name in ("python", "python3", f"python{interpreter.minor}"):
        (scripts / name).symlink_to(interpreter.executable)
    visible = list(linked)
    if interpreter.is_virtual and not interpreter.is_ours:
        visible.append(interpreter.packages)
    if visible:
        lines = [f"import site; site.addsitedir({str(path)!r})\n" for path in visible]
        (packages / "_linked.pth").write_text("".join(lines), encoding="utf-8")
    (folder / "pyvenv.cfg").write_text(
        f"home = {interpreter.executable.resolve().parent}\n"
        f"include-system-site-packages = {str(not interpreter.is_ours).lower()}\n"
        f"version = {interpreter.version}\n",
        encoding="utf-8",
    )


def add_installers(
    folder: Path,
    interpreter: Interpreter,
    settings: Mapping[str, str],
    *,
    uv: Path,
    done: Iterable[PipCall] = (),
) -> None:
    """Add ``pip``, ``pip3``, ``uv`` and ``python -m pip``, which all lead to uv.

    Args:
        settings: Variables for uv; those the script sets itself win. Readable by the owner only.
        done: Calls whose packages are there already.
    """
    names = dict(settings, VIRTUAL_ENV=str(folder), TIERCEL_UV=str(uv))
    exports = [
        f'test "${{{name}+set}}" || {name}={shlex.quote(value)}\nexport {name}\n'
        for name, value in names.items()
    ]
    private = os.open(folder / "settings.sh", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(private, "w", encoding="utf-8") as file:
        file.writelines(exports)
    quoted = {name: shlex.quote(str(folder / name)) for name in ("settings.sh", "bin/python")}
    shim = f"exec {quoted['bin/python']} -I -S {shlex.quote(str(_SHIM))} {shlex.quote(str(folder))}"
    for name, prefix, command in (
        ("pip", "", f'{shim} "$@"'),
        ("pip3", "", f'{shim} "$@"'),
        ("uv", "pip ", f'exec {shlex.quote(str(uv))} "$@"'),
    ):
        path = folder / "bin" / name
        path.write_text(
            f"#!/bin/sh\n{_shortcuts(done, prefix)}. {quoted['settings.sh']}\n{command}\n",
            encoding="utf-8",
        )
        path.chmod(0o755)
    module = site_packages(folder, interpreter) / "pip"
    module.mkdir()
    (module / "__init__.py").touch()
    source = _MODULE.format(pip=str(folder / "bin" / "pip"))
    (module / "__main__.py").write_text(source, encoding="utf-8")


def _shortcuts(done: Iterable[PipCall], prefix: str) -> str:
    """Return shell text that answers calls whose packages are there, without starting anything."""
    cases = [
        f"{shlex.quote(prefix + ' '.join(call.arguments))})\n"
        f"echo {shlex.quote('Requirement already satisfied: ' + ', '.join(call.requirements))}\n"
        "exit 0;;\n"
        for call in done
    ]
    return f'case "$*" in\n{"".join(cases)}esac\n' if cases else ""
