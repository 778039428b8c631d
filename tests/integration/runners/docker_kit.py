"""A Docker engine of the tests' own, where the machine can run one."""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
import time
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import httpx
import pytest

IMAGE = "tiercel-test:1"
_FOUND = shutil.which("busybox")
# The program itself: what PATH names may be a link, which leads nowhere inside an image.
BUSYBOX = Path(_FOUND).resolve() if _FOUND else None


def unusable() -> str:
    """Return why no engine can run here; empty when one can."""
    if shutil.which("dockerd") is None:
        return "no dockerd (apt-get install docker.io)"
    if os.geteuid() != 0:
        return "dockerd needs root"
    return "" if BUSYBOX else "no busybox (apt-get install busybox-static)"


needs_engine = pytest.mark.skipif(bool(unusable()), reason=unusable() or "usable")


def busybox_image() -> bytes:
    """Return a root file system with nothing but busybox, as tar."""
    assert BUSYBOX is not None
    names = subprocess.run([BUSYBOX, "--list"], capture_output=True, text=True, check=True).stdout
    buffer = BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        tar.add(BUSYBOX, "bin/busybox")
        for name in names.split():
            if name != "busybox":
                link = tarfile.TarInfo(f"bin/{name}")
                link.type, link.linkname = tarfile.SYMTYPE, "busybox"
                tar.addfile(link)
        folder = tarfile.TarInfo("tmp")
        folder.type, folder.mode = tarfile.DIRTYPE, 0o1777
        tar.addfile(folder)
    return buffer.getvalue()


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A client of an engine of the tests' own, which has one small image."""
    folder = tmp_path_factory.mktemp("docker")
    socket = Path(f"/tmp/tiercel-docker-{os.getpid()}.sock")
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [
                *("dockerd", "--iptables=false", "--bridge=none", f"--host=unix://{socket}"),
                *(f"--data-root={folder}/data", f"--exec-root={folder}/exec"),
                f"--pidfile={folder}/pid",
            ],
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    client = httpx.Client(
        transport=httpx.HTTPTransport(uds=str(socket)), base_url="http://docker", timeout=60
    )
    try:
        for _ in range(600):
            with suppress(httpx.TransportError):  # it is there before it listens
                if socket.is_socket() and client.get("/_ping").is_success:
                    break
            if process.poll() is not None:
                pytest.skip("dockerd does not run here: " + (folder / "log").read_text()[-300:])
            time.sleep(0.1)
        client.post("/images/create?fromSrc=-&repo=tiercel-test&tag=1", content=busybox_image())
        yield client
    finally:
        client.close()
        process.terminate()
        process.wait(30)
        socket.unlink(missing_ok=True)


def host() -> str:
    return f"unix:///tmp/tiercel-docker-{os.getpid()}.sock"
