"""A server as a user starts it, with a login, and commands that are run against it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tiercel.main import run

TIERCEL = Path(sys.executable).with_name("tiercel")
USER = "ops@example.org:Open:Sesame1"


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a command."""

    code: int
    out: str
    err: str


Tiercel = Callable[..., Done]


@pytest.fixture(scope="session")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Base URL of a running server that wants a login."""
    name, _, password = USER.partition(":")
    login = {
        "KESTRA_SERVER_BASIC_AUTH_USERNAME": name,
        "KESTRA_SERVER_BASIC_AUTH_PASSWORD": password,
    }
    folder = tmp_path_factory.mktemp("server")
    # tests of other files may have set secrets
    own = {name: value for name, value in os.environ.items() if not name.startswith("SECRET_")}
    with subprocess.Popen(
        [TIERCEL, "server", "local", "--port", "0", "--data-dir", folder / "data"],
        stdout=subprocess.PIPE,
        text=True,
        env={**own, **login},
    ) as process:
        assert process.stdout is not None
        line = next(line for line in process.stdout if line.startswith("Server Running: "))
        yield line.removeprefix("Server Running: ").strip()
        process.terminate()
        process.communicate(timeout=60)


@pytest.fixture
def logged_in(server_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The server, and variables that name it and the login to commands."""
    monkeypatch.setenv("TIERCEL_SERVER", server_url)
    monkeypatch.setenv("TIERCEL_USER", USER)
    return server_url


@pytest.fixture
def tiercel(logged_in: str, capsys: pytest.CaptureFixture[str]) -> Tiercel:
    """Run a command line in this process, against the server."""

    def call(*words: object) -> Done:
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            run([str(word) for word in words])
        found = capsys.readouterr()
        assert "Traceback" not in found.err
        assert isinstance(left.value.code, int)
        return Done(left.value.code, found.out, found.err)

    return call
