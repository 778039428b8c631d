"""The page on plugins: its package is installed as any other, found by its entry point, and run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from uv import find_uv_bin

from tiercel.plugins.index import BUILTIN

PAGE = (Path(__file__).parents[3] / "docs" / "plugins.md").read_text()
TIERCEL = Path(sys.executable).with_name("tiercel")


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return found[1]


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A folder in which the page's package is installed."""
    project = tomllib.loads(block("toml"))["project"]
    ((group, points),) = project["entry-points"].items()
    wheel = tmp_path / f"count_lines-{project['version']}-py3-none-any.whl"
    info = f"count_lines-{project['version']}.dist-info"
    head = f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    listed = "".join(f"{name} = {value}\n" for name, value in points.items())
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("count_lines.py", block("python"))
        archive.writestr(f"{info}/METADATA", head)
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/entry_points.txt", f"[{group}]\n{listed}")
        archive.writestr(f"{info}/RECORD", "")
    target = tmp_path / "installed"
    command = [find_uv_bin(), "pip", "install", "--no-index", "--target", str(target), str(wheel)]
    subprocess.run(command, check=True, capture_output=True)
    return target


def test_the_plugin_of_the_page_is_installed_and_runs(installed: Path, tmp_path: Path):
    flow = tmp_path / "flow.yaml"
    flow.write_text(block("yaml"))
    done = subprocess.run(
        [TIERCEL, "run", flow, "--no-follow", "--verbose", "--data-dir", tmp_path / "data"],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": str(installed)},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "lines: {'lines': 2}" in done.stdout


def test_without_the_package_the_type_is_unknown(tmp_path: Path):
    flow = tmp_path / "flow.yaml"
    flow.write_text(block("yaml"))
    done = subprocess.run(
        [TIERCEL, "flow", "validate", flow], capture_output=True, text=True, timeout=60
    )
    assert done.returncode != 0
    assert "com.example.text.CountLines" in done.stdout + done.stderr


def test_the_twenty_lines_are_about_twenty():
    code = [line for line in block("python").splitlines() if line.strip()]
    assert len(code) <= 20


def test_the_page_names_every_group():
    groups = {
        name.removeprefix("io.kestra.plugin.").rpartition(".")[0]
        for name in BUILTIN
        if not name.startswith(("io.kestra.plugin.core.", "io.kestra.plugin.scripts."))
    }
    for group in groups:
        top, _, rest = group.partition(".")
        assert group in PAGE or (top in PAGE and (not rest or rest in PAGE)), group
