"""Running git: where a repository is, how to log in, what it says."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import signal
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from pydantic import Field

from tiercel.model.task import LogLevel
from tiercel.plugin.context import TaskContext
from tiercel.plugin.properties import Text
from tiercel.plugin.task import Plugin, TaskFailedError
from tiercel.plugins.scripts.interpreters import search_path

_PASSED = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")
_ASK = """#!/bin/sh
case "$1" in
Username*) echo "$TIERCEL_GIT_USER" ;;
*) echo "$TIERCEL_GIT_PASSWORD" ;;
esac
"""


class GitPlugin(Plugin):
    """Properties of what works on a Git repository."""

    url: Text = Field(description="Address of the repository, for HTTPS or SSH.")
    username: Text | None = Field(default=None, description="User name for HTTPS.")
    password: Text | None = Field(
        default=None, description="Password or access token for HTTPS. Keep it in a secret."
    )
    private_key: Text | None = Field(
        default=None, description="Private key for SSH, as PEM. Keep it in a secret."
    )
    passphrase: Text | None = Field(
        default=None, description="Passphrase of the private key. Keep it in a secret."
    )
    branch: Text | None = Field(
        default=None,
        description=(
            "Branch to work on; `main`, or for a clone the repository's default, when it is "
            "left out."
        ),
    )
    clone_submodules: bool = Field(default=False, description="Whether submodules are cloned, too.")
    trusted_ca_pem_path: Text | None = Field(
        default=None,
        description="Path of a file with certificates to trust for HTTPS, on the worker.",
    )
    no_proxy: Text | None = Field(
        default=None,
        description=(
            "Hosts that are reached without the proxy, with commas between them. As the "
            "worker's environment says when it is left out."
        ),
    )
    connect_timeout: int = Field(
        default=10_000,
        description="How many milliseconds a connection over SSH may take to be made.",
    )
    read_timeout: int = Field(
        default=60_000,
        description="After how many milliseconds without data a transfer over HTTPS fails.",
    )
    git_config: dict[str, Text] | None = Field(
        default=None, description="Settings of Git for the clone, by name, such as `core.autocrlf`."
    )
    kestra_url: Text | None = Field(
        default=None, description="Accepted without effect: tasks ask their own server."
    )
    auth: Any = Field(
        default=None, description="Accepted without effect: tasks ask their own server."
    )

    async def clone(
        self,
        context: TaskContext,
        folder: Path,
        *,
        depth: int | None = 1,
        branch: str | None = None,
        options: Sequence[str] = (),
    ) -> None:
        """Clone the repository into ``folder``.

        Raises:
            TaskFailedError: Git refused; in its own words.
        """
        command = ["clone"]
        if depth:
            command += ["--depth", str(depth)]
        if branch:
            command += ["--branch", branch]
        if self.clone_submodules:
            command += ["--recurse-submodules"]
        for name, value in (self.git_config or {}).items():
            command += ["--config", f"{name}={value}"]
        await self.git(context, folder.parent, *command, *options, "--", self.url, str(folder))

    async def checkout(self, context: TaskContext, *, create: bool = False) -> Path:
        """Clone the branch into a folder of its own in the working directory; return it.

        Args:
            create: A branch that is not there is begun, also in a repository without commits.

        Raises:
            TaskFailedError: Git refused; in its own words.
        """
        branch = self.branch or "main"
        folder = context.working_dir / f".clone-{secrets.token_hex(6)}"
        if not create:
            await self.clone(context, folder, branch=branch)
            return folder
        found = await self.git(
            context, context.working_dir, "ls-remote", "--heads", "--", self.url, branch
        )
        if found.strip():
            await self.clone(context, folder, branch=branch)
        else:
            await self.clone(context, folder)
            await self.git(context, folder, "symbolic-ref", "HEAD", f"refs/heads/{branch}")
        return folder

    async def git(self, context: TaskContext, folder: Path, *arguments: str) -> str:
        """Run one git command in ``folder``; return what it prints."""
        program = shutil.which("git", path=search_path(os.environ))
        if program is None:
            raise TaskFailedError("git is not installed on this machine")
        if self.password:
            context.mask(self.password)
        secret = context.working_dir / f".git-login-{secrets.token_hex(6)}"
        secret.mkdir(mode=0o700)
        try:
            environment = self._environment(secret)
            return await _run([program, *arguments], folder, environment, context)
        finally:
            shutil.rmtree(secret, ignore_errors=True)

    def _environment(self, secret: Path) -> dict[str, str]:
        """Return git's variables; passwords go through a helper, never through arguments."""
        ask = secret / "ask"
        ask.write_text(_ASK)
        ask.chmod(0o700)
        environment = {
            **{name: os.environ[name] for name in _PASSED if name in os.environ},
            "PATH": search_path(os.environ),
            "HOME": os.environ.get("HOME", "/"),
            "LANG": "C.UTF-8",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ASKPASS": str(ask),
            "TIERCEL_GIT_USER": self.username or "",
            "TIERCEL_GIT_PASSWORD": self.password or "",
            "GIT_HTTP_LOW_SPEED_LIMIT": "1",
            "GIT_HTTP_LOW_SPEED_TIME": str(max(self.read_timeout // 1000, 1)),
        }
        if self.trusted_ca_pem_path:
            environment["GIT_SSL_CAINFO"] = self.trusted_ca_pem_path
        if self.no_proxy:
            environment["NO_PROXY"] = environment["no_proxy"] = self.no_proxy
        if self.private_key:
            key = secret / "key"
            key.touch(mode=0o600)
            key.write_text(f"{self.private_key.strip()}\n")
            environment |= {
                "GIT_SSH_COMMAND": f"ssh -i '{key}' -o IdentitiesOnly=yes"
                f" -o StrictHostKeyChecking=accept-new -o ConnectTimeout="
                f"{max(self.connect_timeout // 1000, 1)}",
                "SSH_ASKPASS": str(ask),
                "SSH_ASKPASS_REQUIRE": "force" if self.passphrase else "never",
                "TIERCEL_GIT_PASSWORD": self.passphrase or self.password or "",
            }
        return environment


async def _run(
    command: Sequence[str], folder: Path, environment: dict[str, str], context: TaskContext
) -> str:
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        env=environment,
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=PIPE,
        start_new_session=True,
    )
    try:
        printed, said = await process.communicate()
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    text = said.decode(errors="replace").strip()
    if process.returncode:
        lines = [line for line in text.splitlines() if line.strip()]
        reason = next((line for line in lines if line.startswith(("fatal:", "error:"))), None)
        raise TaskFailedError(f"git {command[1]}: {reason or (lines or ['it failed'])[-1]}")
    if text:
        context.log(LogLevel.DEBUG, text)
    return printed.decode(errors="replace")
