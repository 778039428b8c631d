"""Completion as a shell asks for it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

BIN = Path(sys.executable).parent


def shell(program: str, script: str, folder: Path) -> list[str]:
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [program, "-c", script],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=folder,
        env={**os.environ, "PATH": path, "HOME": str(folder)},
    )
    assert done.stderr == ""
    return done.stdout.split()


def test_bash_completes_commands_options_and_files(tmp_path):
    script = """eval "$(tiercel completion bash)"
compopt() { printf 'compopt %s\\n' "$*"; }
ask() {
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
    _tiercel_completion tiercel
    printf '%s\\n' "${COMPREPLY[@]}"
}
ask tiercel flow upd
ask tiercel flow updates --no-d
ask tiercel executions list --output ""
ask tiercel executions list --state fa
ask tiercel flow create nig
"""
    assert shell("bash", script, tmp_path) == [
        *("update", "updates", "--no-delete", "table", "json", "yaml", "FAILED"),
        *("compopt", "-o", "default"),
    ]


@pytest.mark.skipif(shutil.which("fish") is None, reason="fish is not installed")
def test_fish_completes_commands(tmp_path):
    script = "tiercel completion fish | source; complete -C 'tiercel flow upd'"
    assert {"update", "updates"} <= set(shell("fish", script, tmp_path))


@pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is not installed")
def test_zsh_takes_the_script(tmp_path):
    script = (
        'autoload -U compinit; compinit -u; eval "$(tiercel completion zsh)"; '
        "whence -w _tiercel_completion"
    )
    assert shell("zsh", script, tmp_path) == ["_tiercel_completion:", "function"]
