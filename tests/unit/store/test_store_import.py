"""The store costs nothing until it is connected."""

from __future__ import annotations

import subprocess
import sys


def test_the_driver_is_imported_when_connecting_only() -> None:
    code = "import sys, tiercel.store; print('asyncpg' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
