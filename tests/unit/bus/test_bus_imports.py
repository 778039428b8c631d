from __future__ import annotations

import subprocess
import sys


def test_the_bus_does_without_aiohttp_where_it_is_installed():
    code = (
        "import sys, tiercel.bus; print('aiohttp' in sys.modules);"
        "import aiohttp; print(aiohttp.ClientSession.__name__)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "ClientSession"]
