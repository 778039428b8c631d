"""TLS options of the PostgreSQL tasks, over a door that speaks TLS in front of the server."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from context import FakeTaskContext
from tiercel.plugin.registry import Registry
from tiercel.plugin.task import RunnableTask, TaskFailedError

Login = dict[str, Any]
REGISTRY = Registry.builtin(use_entry_points=False)
PEM, PKCS8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
PKCS1 = serialization.PrivateFormat.TraditionalOpenSSL
PLAIN = serialization.NoEncryption()


@dataclass
class Identity:
    """A key with its certificate."""

    key: rsa.RSAPrivateKey
    certificate: x509.Certificate

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(PEM).decode()

    def key_pem(self, form: Any = PKCS8, password: str = "") -> str:
        hidden = serialization.BestAvailableEncryption(password.encode()) if password else PLAIN
        return self.key.private_bytes(PEM, form, hidden).decode()


def issue(name: str, by: Identity | None = None, address: str = "127.0.0.1") -> Identity:
    """Make a key and a certificate; without an issuer it is an authority."""
    key = rsa.generate_private_key(65537, 2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by.certificate.subject if by else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=by is None, path_length=None), critical=True)
    )
    if by is not None:
        names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))])
        builder = builder.add_extension(names, critical=False)
    return Identity(key, builder.sign(by.key if by else key, hashes.SHA256()))


AUTHORITY, STRANGER = issue("authority"), issue("stranger")
SERVER, ELSEWHERE = issue("server", AUTHORITY), issue("elsewhere", AUTHORITY, "192.0.2.1")
CLIENT = issue("client", AUTHORITY)


class Door:
    """Accepts TLS as PostgreSQL does, and passes what it gets on to a server without."""

    def __init__(self, port: int, context: ssl.SSLContext) -> None:
        self._port, self._context = port, context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.asked_in_clear = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=[client], daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with suppress(OSError), client:
            if client.recv(8)[4:] != b"\x04\xd2\x16\x2f":
                self.asked_in_clear += 1
                return
            client.sendall(b"S")
            with (
                self._context.wrap_socket(client, server_side=True) as inside,
                socket.create_connection(("127.0.0.1", self._port)) as server,
            ):
                thread = threading.Thread(target=pump, args=[server, inside], daemon=True)
                thread.start()
                pump(inside, server)
                thread.join()


def pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


@pytest.fixture
def door(login: Login, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Door]:
    """A door with the certificate of the parameter; a client must show one if it says so."""
    identity, needs_client = getattr(request, "param", (SERVER, False))
    path = tmp_path / "server.pem"
    path.write_text(identity.key_pem() + identity.pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    if needs_client:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(cadata=AUTHORITY.pem)
    opened = Door(urlsplit(login["url"].removeprefix("jdbc:")).port or 0, context)
    login["url"] = login["url"].replace(f":{opened._port}/", f":{opened.port}/")
    yield opened
    opened.close()


async def run(
    context: FakeTaskContext, login: Login, name: str = "Query", **more: Any
) -> dict[str, Any]:
    properties = {"sql": "SELECT 1 AS n", **login, **more}
    if name == "Query":
        properties["fetchType"] = "FETCH_ONE"
    task = REGISTRY.build(f"io.kestra.plugin.jdbc.postgresql.{name}", properties)
    assert isinstance(task, RunnableTask)
    output = await task.run(context)
    return dict(output.values if output and output.values else {})


@pytest.mark.parametrize(
    "options",
    [
        {"sslMode": "REQUIRE"},
        {"sslMode": "PREFER"},
        {"sslMode": "VERIFY_CA", "sslRootCert": AUTHORITY.pem},
        {"sslMode": "VERIFY_FULL", "sslRootCert": AUTHORITY.pem},
        {"ssl": True, "sslRootCert": AUTHORITY.pem},
    ],
)
async def test_modes_that_a_good_certificate_satisfies(
    context: FakeTaskContext, login: Login, door: Door, options: dict[str, Any]
):
    assert (await run(context, login, **options))["row"] == {"n": 1}
    assert door.asked_in_clear == 0


async def test_copies_go_through_too(context: FakeTaskContext, login: Login, door: Door):
    options = {"sslMode": "VERIFY_FULL", "sslRootCert": AUTHORITY.pem, "format": "CSV"}
    assert (await run(context, login, "CopyOut", **options))["rowCount"] == 1


@pytest.mark.parametrize("mode", ["VERIFY_CA", "VERIFY_FULL"])
async def test_a_certificate_of_nobody_known_is_refused(
    context: FakeTaskContext, login: Login, door: Door, mode: str
):
    with pytest.raises(TaskFailedError, match="certificate verify failed"):
        await run(context, login, sslMode=mode, sslRootCert=STRANGER.pem)


@pytest.mark.parametrize("door", [(ELSEWHERE, False)], indirect=True)
async def test_a_certificate_for_another_host(context: FakeTaskContext, login: Login, door: Door):
    with pytest.raises(TaskFailedError, match="does not match host name"):
        await run(context, login, sslMode="VERIFY_FULL", sslRootCert=AUTHORITY.pem)
    options = {"sslMode": "VERIFY_CA", "sslRootCert": AUTHORITY.pem}
    assert (await run(context, login, **options))["row"] == {"n": 1}


@pytest.mark.parametrize("door", [(SERVER, True)], indirect=True)
@pytest.mark.parametrize(
    ("key", "password"),
    [
        (CLIENT.key_pem(), None),
        (CLIENT.key_pem(PKCS1), None),
        (CLIENT.key_pem(password="s3cret"), "s3cret"),
        (CLIENT.key_pem(PKCS1, "s3cret"), "s3cret"),
    ],
    ids=["pkcs8", "pkcs1", "pkcs8 encrypted", "pkcs1 encrypted"],
)
async def test_a_client_shows_its_certificate(
    context: FakeTaskContext, login: Login, door: Door, key: str, password: str | None
):
    options = {"sslMode": "REQUIRE", "sslCert": CLIENT.pem, "sslKey": key}
    assert (await run(context, login, **options, sslKeyPassword=password))["row"] == {"n": 1}


@pytest.mark.parametrize("door", [(SERVER, True)], indirect=True)
async def test_an_encrypted_key_needs_its_password(
    context: FakeTaskContext, login: Login, door: Door
):
    options = {"sslMode": "REQUIRE", "sslCert": CLIENT.pem}
    with pytest.raises(TaskFailedError, match="Key is encrypted, but no password was provided"):
        await run(context, login, **options, sslKey=CLIENT.key_pem(password="s3cret"))


async def test_tls_can_be_declined(context: FakeTaskContext, login: Login, door: Door):
    with pytest.raises(TaskFailedError):
        await run(context, login, sslMode="DISABLE")
    assert door.asked_in_clear == 1
