from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tiercel.plugins.scripts.index_settings import package_settings
from tiercel.plugins.scripts.interpreters import own_interpreter, search_path
from tiercel.plugins.scripts.pip_calls import leading_installs, mentions_pip, plain_install
from tiercel.plugins.scripts.pip_shim import explain, spoken, uv_arguments, uv_settings
from tiercel.plugins.scripts.virtual import add_installers, create_environment


@pytest.mark.parametrize(
    ("line", "requirements"),
    [
        ("pip install requests kestra", ("requests", "kestra")),
        ("  pip3 install -q 'pandas>=2,<3'  # data", ("pandas>=2,<3",)),
        ('python -m pip install "requests[socks]==2.32.*"', ("requests[socks]==2.32.*",)),
        ("uv pip install --system polars~=1.0", ("polars~=1.0",)),
        ("pip install --upgrade pip", ()),
    ],
)
def test_plain_installs_are_understood(line: str, requirements: tuple[str, ...]):
    call = plain_install(line)
    assert call is not None
    assert call.requirements == requirements


@pytest.mark.parametrize(
    "line",
    [
        "pip install",
        "pip install -r requirements.txt",
        "pip install -e .",
        "pip install ./wheel.whl",
        "pip install git+https://example.org/x.git",
        "pip install x && echo done",
        "pip install x > /dev/null",
        "pip install x>=2",
        "pip install $PACKAGES",
        "pip install `cat list`",
        "pip install x\npip install y",
        "pip install -U requests",
        "pip install --index-url https://example.org x",
        "pip download x",
        "echo pip install x",
        "pip install 'unfinished",
    ],
)
def test_whatever_the_shell_or_pip_would_do_more_is_left_to_them(line: str):
    assert plain_install(line) is None


def test_only_installs_that_come_first_are_taken():
    calls, rest = leading_installs(["pip install a", "pip install b", "echo", "pip install c"])
    assert [call.requirements for call in calls] == [("a",), ("b",)]
    assert rest == ["echo", "pip install c"]


def test_mentions_of_pip():
    texts = ["pip install x", "python -m pip", "uv run x", "pipe", "uv = 3", "x.pipx"]
    assert [text for text in texts if mentions_pip(text)] == texts[:3]


def test_options_that_mean_nothing_to_uv_are_dropped():
    written = ["install", "--no-input", "--timeout", "5", "--retries=3", "-U", "requests"]
    assert uv_arguments(written) == ["install", "-U", "requests"]


def test_settings_of_pip_by_the_names_of_uv():
    environ = {
        "PIP_INDEX_URL": "https://one/simple",
        "PIP_EXTRA_INDEX_URL": "https://two https://three",
        "PIP_FIND_LINKS": "/a /b",
        "PIP_CERT": "/ca.pem",
        "HOME": "/root",
    }
    assert uv_settings(environ) == {
        "UV_DEFAULT_INDEX": "https://one/simple",
        "UV_INDEX": "https://two https://three",
        "UV_FIND_LINKS": "/a,/b",
        "SSL_CERT_FILE": "/ca.pem",
    }


def test_machine_files_then_environment_then_flow(tmp_path: Path):
    (tmp_path / "pip.conf").write_text(
        "[global]\nindex-url = https://file/simple\ncert = /file.pem\ntimeout = 3\n"
        "[install]\nfind-links = /wheels\n"
    )
    environ = {
        "HOME": str(tmp_path),
        "PIP_CONFIG_FILE": str(tmp_path / "pip.conf"),
        "PIP_CERT": "/machine.pem",
        "https_proxy": "http://proxy",
        "UV_PYTHON": "3.9",
        "SECRET_X": "hidden",
    }
    settings = package_settings(environ, {"OTHER": "x"})
    assert settings["UV_DEFAULT_INDEX"] == "https://file/simple"
    assert settings["UV_FIND_LINKS"] == "/wheels"
    assert settings["SSL_CERT_FILE"] == "/machine.pem"
    assert settings["https_proxy"] == "http://proxy"
    assert {"UV_PYTHON", "SECRET_X", "OTHER"}.isdisjoint(settings)


@pytest.mark.parametrize("name", ["PIP_INDEX_URL", "UV_INDEX_URL", "UV_DEFAULT_INDEX"])
def test_the_flows_index_wins(tmp_path: Path, name: str):
    environ = {"HOME": str(tmp_path), "UV_INDEX_URL": "https://machine/simple"}
    settings = package_settings(environ, {name: "https://flow/simple"})
    assert "UV_INDEX_URL" not in settings
    assert settings["UV_DEFAULT_INDEX"] == "https://flow/simple"


def test_an_unreachable_registry_is_one_line_without_credentials():
    error = (
        "error: Request failed after 3 retries\n  Caused by: Failed to fetch: "
        "`https://me:secret@index.example/simple/x/`\n  Caused by: error sending request for url"
    )
    line = explain("x, y", error)
    assert line.startswith("The package registry at index.example can't be reached, so x, y can't")
    assert "secret" not in line
    assert "\n" not in line


def test_other_failures_are_one_line_too():
    error = "  × No solution found:\n  ╰─▶ Because x was not found\n      in the registry"
    assert explain("x", error) == (
        "Installing x failed: No solution found: Because x was not found in the registry"
    )


def test_uv_says_nothing_about_the_environment():
    assert spoken(b"Using Python 3.11 environment at: /x\nResolved 1 package\n") == (
        "Resolved 1 package"
    )


def test_the_own_environment_is_not_on_the_path(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "prefix", "/opt/tiercel")
    monkeypatch.setattr(sys, "executable", "/opt/tiercel/bin/python")
    assert search_path({"PATH": "/opt/tiercel/bin:/usr/bin:/bin"}) == "/usr/bin:/bin"
    assert "/usr/bin" in search_path({}).split(os.pathsep)


def run(*command: str | Path, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, env=env, timeout=30
    )


def test_an_environment_sees_linked_packages_but_not_ours(tmp_path: Path):
    linked = tmp_path / "linked"
    linked.mkdir()
    (linked / "given.py").write_text("")
    folder = tmp_path / "it's here"
    create_environment(folder, own_interpreter(), linked=[linked])
    python = folder / "bin" / "python"
    found = run(python, "-c", "import given, sys; print(sys.prefix)")
    assert found.stdout.strip() == str(folder)
    assert "No module named 'tiercel'" in run(python, "-c", "import tiercel").stderr


def test_installers_answer_known_calls_and_pass_settings(tmp_path: Path):
    folder = tmp_path / "env"
    create_environment(folder, own_interpreter())
    uv = tmp_path / "uv"
    uv.write_text('#!/bin/sh\necho "$UV_DEFAULT_INDEX|$VIRTUAL_ENV|$*"\n')
    uv.chmod(0o755)
    call = plain_install("pip install 'a>=1' b")
    assert call is not None
    settings = {"UV_DEFAULT_INDEX": "https://u:it's$x@host/simple"}
    add_installers(folder, own_interpreter(), settings, uv=uv, done=[call])
    already = "Requirement already satisfied: a>=1, b\n"
    scripts = folder / "bin"
    assert run(scripts / "pip", "install", "a>=1", "b").stdout == already
    assert run(scripts / "python", "-m", "pip", "install", "a>=1", "b").stdout == already
    assert run(scripts / "uv", "pip", "install", "a>=1", "b").stdout == already
    assert run(scripts / "pip3", "install", "c", "--no-input").stdout == (
        f"https://u:it's$x@host/simple|{folder}|pip install c\n"
    )
    own = run(scripts / "pip", "install", "c", PIP_INDEX_URL="https://own/simple")
    assert own.stdout.startswith("https://own/simple|")
    assert (folder / "settings.sh").stat().st_mode & 0o077 == 0
