"""Plugin packages are installed, found, used and removed."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

TIERCEL = Path(sys.executable).with_name("tiercel")
CODE = '''
from tiercel.plugin.context import TaskContext
from tiercel.plugin.task import Output, RunnableTask


class Shout(RunnableTask):
    """Say it louder."""

    type_name = "com.example.cli.Shout"
    title = "Say it louder."

    text: str

    async def run(self, context: TaskContext) -> Output:
        return Output({"text": self.text.upper()})
'''
FLOW = """id: loud
namespace: cli.plugins
tasks:
  - {id: shout, type: com.example.cli.Shout, text: hello}
"""


def wheel(folder: Path) -> Path:
    file = folder / "shout-1.0-py3-none-any.whl"
    files = {
        "shout.py": CODE,
        "shout-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: shout\nVersion: 1.0\n",
        "shout-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nTag: py3-none-any\n",
        "shout-1.0.dist-info/entry_points.txt": "[tiercel.plugins]\nshout = shout:Shout\n",
    }
    record = "".join(f"{name},,\n" for name in [*files, "shout-1.0.dist-info/RECORD"])
    with zipfile.ZipFile(file, "w") as archive:
        for name, text in {**files, "shout-1.0.dist-info/RECORD": record}.items():
            archive.writestr(name, text)
    return file


def tiercel(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([TIERCEL, *map(str, words)], capture_output=True, text=True, timeout=60)


def test_a_package_in_a_folder_of_plugins_brings_its_types(tmp_path):
    plugins = tmp_path / "plugins"
    flow = tmp_path / "flow.yaml"
    flow.write_text(FLOW)
    done = tiercel("plugins", "install", wheel(tmp_path), "--plugins", plugins)
    assert done.returncode == 0, done.stderr
    found = tiercel("plugins", "search", "shout", "-p", plugins)
    assert "com.example.cli.Shout" in found.stdout
    assert tiercel("check", flow, "-p", plugins).returncode == 0
    assert tiercel("plugins", "uninstall", "shout", "-p", plugins).returncode == 0
    gone = tiercel("check", flow, "-p", plugins)
    assert gone.returncode == 1
    assert "Invalid type: com.example.cli.Shout" in gone.stderr
