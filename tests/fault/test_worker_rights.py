"""Workers log in to NATS with the rights of their group, and can do no more than its work."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fault_world import PATIENCE_SECONDS, begins, marking, start, wait_all
from nats.errors import Error as NatsError
from nats_kit import connected, nats_server

from tiercel.bus import Bus, authority
from tiercel.bus.credentials import Credentials
from tiercel.bus.names import Names, worker_inbox
from tiercel.bus.permissions import configuration, worker_user
from tiercel.cli.doctor import BAD, GOOD, examine
from tiercel.embedded import Endpoints
from tiercel.main import open_node, open_worker
from tiercel.model.errors import IllegalArgumentError, ServerUnavailableError
from tiercel.services.node import NodeOptions, Role

GROUPS = ("default", "gpu")
NAMES = Names("tiercel")
SERVERS = "tiercel"
PASSWORDS = {
    "TIERCEL_BUS_PASSWORD": "for-servers",
    "TIERCEL_BUS_PASSWORD_DEFAULT": "for-default",
    "TIERCEL_BUS_PASSWORD_GPU": "for-gpu",
}


@dataclass(frozen=True)
class Login:
    """A NATS server, and how users log in to it: by passwords, or by files of credentials.

    Attributes:
        files: Folder of the credentials; None for passwords.
    """

    port: int
    files: Path | None = None

    def url(self, user: str, password: str = "") -> str:
        place = f"127.0.0.1:{self.port}"
        if self.files is not None:
            return f"nats://{place}"
        own = user.removeprefix("worker-").replace(SERVERS, "servers")
        return f"nats://{user}:{password or f'for-{own}'}@{place}"

    def file(self, user: str) -> Path | None:
        if self.files is None:
            return None
        return self.files / f"{user.replace(SERVERS, authority.SERVERS)}.creds"

    def options(self, user: str) -> dict[str, Any]:
        """Return what a client of NATS needs besides the URL."""
        file = self.file(user)
        return {} if file is None else dict(Credentials(file).login())


@pytest.fixture(params=["passwords", "credentials"])
def login(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Login]:
    """A NATS server with users and rights."""
    files = tmp_path / "authority" if request.param == "credentials" else None
    settings = configuration(GROUPS)
    if files is not None:
        authority.write(files, GROUPS)
        settings = f"include 'authority/{authority.CONFIGURATION}'\n"
    with nats_server(tmp_path, settings, env=PASSWORDS) as port:
        yield Login(port, files)


def options(
    folder: Path, database: str, login: Login, user: str, *roles: Role, group: str = "default"
) -> NodeOptions:
    return NodeOptions(
        data_dir=folder,
        database_url=database,
        bus_url=login.url(user),
        bus_credentials=login.file(user),
        roles=frozenset(roles),
        worker_group=group,
        grace=1.0,
    )


async def test_a_worker_does_the_work_of_its_group_with_its_rights(
    login: Login, tmp_path: Path, servers_apart: Endpoints, own_types: None
) -> None:
    roles = (Role.EXECUTOR, Role.INDEXER)
    source = marking("rights", tasks=2).replace(
        "type: fault.Mark", "type: fault.Mark, workerGroup: {key: gpu}"
    )
    database, folder = servers_apart.tcp_url, tmp_path / "data"
    worker = options(folder, "", login, worker_user("gpu"), Role.WORKER, group="gpu")
    async with (
        open_node(options(folder, database, login, SERVERS, *roles)) as node,
        open_worker(worker),
    ):
        await node.flows.save(source)
        ids = await start(node, "rights", 3)
        done = await wait_all(node, ids)
    assert {item.execution.state.current.value for item in done} == {"SUCCESS"}
    assert set(begins(ids).values()) == {2}


async def refusals(login: Login, subjects: Sequence[str], heard: Sequence[str]) -> list[str]:
    """Return what is said of subjects that a worker of ``gpu`` publishes to and listens to."""
    refused: list[str] = []

    async def on_error(error: Exception) -> None:
        refused.append(str(error))

    user = worker_user("gpu")
    async with connected(
        login.url(user),
        inbox_prefix=worker_inbox("gpu"),
        error_cb=on_error,
        **login.options(user),
    ) as client:
        for subject in subjects:
            await client.publish(subject, b"{}")
        for subject in heard:
            await client.subscribe(subject)
        await client.flush()
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(refused) < len(subjects) + len(heard):
                await asyncio.sleep(0.02)
    return refused


async def test_what_is_none_of_its_business_is_refused(login: Login) -> None:
    forbidden = [
        NAMES.job("gpu", "a1"),
        NAMES.job("default", "a1"),
        NAMES.stop,
        NAMES.secrets,
        f"$JS.API.STREAM.DELETE.{NAMES.jobs_stream}",
        f"$JS.API.STREAM.PURGE.{NAMES.news_stream}",
        f"$JS.API.STREAM.MSG.GET.{NAMES.news_stream}",
        f"$JS.API.CONSUMER.MSG.NEXT.{NAMES.jobs_stream}.workers-default",
        f"$JS.API.CONSUMER.DURABLE.CREATE.{NAMES.jobs_stream}.workers-gpu",
        f"$JS.API.CONSUMER.CREATE.{NAMES.jobs_stream}.workers-gpu.tiercel.jobs.default.*",
        f"$JS.ACK.{NAMES.jobs_stream}.workers-default.1.1.1.1.1",
    ]
    heard = ["_INBOX.>", f"{worker_inbox('default')}.>", NAMES.news, NAMES.jobs_of("*"), ">"]
    refused = await refusals(login, forbidden, heard)
    assert all("permissions violation" in text.lower() for text in refused)


async def test_another_password_opens_nothing(tmp_path: Path) -> None:
    with nats_server(tmp_path, configuration(GROUPS), env=PASSWORDS) as port:
        url = Login(port).url(worker_user("gpu"), "for-default")
        with pytest.raises((NatsError, OSError)):
            async with connected(url, allow_reconnect=False):
                pass


async def test_credentials_that_another_authority_signed_open_nothing(tmp_path: Path) -> None:
    for name in ("ours", "theirs"):
        authority.write(tmp_path / name, GROUPS)
    with nats_server(tmp_path, f"include 'ours/{authority.CONFIGURATION}'\n") as port:
        ours, theirs = (tmp_path / name / "servers.creds" for name in ("ours", "theirs"))
        url = f"nats://127.0.0.1:{port}"
        bus = await Bus.connect(url, credentials=ours, wait_seconds=PATIENCE_SECONDS)
        await bus.close()
        with pytest.raises(ServerUnavailableError, match=r"(?i)authorization"):
            await Bus.connect(url, credentials=theirs, wait_seconds=PATIENCE_SECONDS)
        with pytest.raises(IllegalArgumentError, match="no credentials of a user"):
            await Bus.connect(url, credentials=tmp_path / "ours" / authority.CONFIGURATION)
        for file, state in ((ours, GOOD), (theirs, BAD)):
            looked = examine(NodeOptions(tmp_path, bus_url=url, bus_credentials=file), 0)
            [found] = [item for item in looked if item.name == "NATS"]
            assert found.state == state, found


async def test_a_group_that_comes_later_gets_credentials_of_the_same_authority(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "authority"
    authority.write(folder, GROUPS)
    with nats_server(tmp_path, f"include 'authority/{authority.CONFIGURATION}'\n") as port:
        [added] = authority.write(folder, [*GROUPS, "late"])
        url = f"nats://127.0.0.1:{port}"
        async with connected(url, allow_reconnect=False, **Credentials(added).login()) as client:
            assert client.is_connected


def test_no_password_is_written_down() -> None:
    written = configuration(GROUPS)
    assert set(re.findall(r"password\": ?(\S+?),?\n", written)) == {
        "$" + name for name in PASSWORDS
    }
