"""Where requests may go, over what, and what is kept of the answers."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from context import FakeTaskContext
from tiercel.plugin.task import TaskFailedError
from tiercel.plugins.core.http import Download, Request
from tiercel.plugins.core.http_policy import SETTINGS
from tiercel.plugins.core.sse import SseRequest

EVENTS = (
    ': a comment\n\nid: 1\ndata: {"text": "Hel"}\n\nevent: more\ndata: {"text":\ndata: "lo"}\n\n'
    "data: [DONE]\n\n"
)


class Handler(BaseHTTPRequestHandler):
    """Answers /hop?TARGET with a redirect, /events with events, all else with its own name."""

    protocol_version = "HTTP/1.1"
    seen: list[str]

    def log_message(self, *args: object) -> None:
        """Keep quiet."""

    def do_GET(self) -> None:
        self.server.seen.append(f"{self.path} {self.headers.get('Proxy-Authorization', '')}")
        path, _, target = self.path.partition("?")
        body = b"secret" if path != "/events" else EVENTS.encode()
        self.send_response(302 if path == "/hop" else 200)
        if path == "/hop":
            self.send_header("Location", target)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815  a name that http.server looks for


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 20

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen: list[str] = []
        if context is not None:
            self.socket = context.wrap_socket(self.socket, server_side=True)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that breaks off is what some tests are about."""


@contextmanager
def running(context: ssl.SSLContext | None = None) -> Iterator[Server]:
    with Server(context) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running() as started:
        yield started


@pytest.fixture
def context(tmp_path: Path) -> FakeTaskContext:
    return FakeTaskContext(tmp_path)


async def values(context: FakeTaskContext, kind: type[Any], uri: str, **more: Any) -> Any:
    output = await kind.model_validate({"uri": uri, **more}).run(context)
    return output.values


@pytest.mark.parametrize("kind", [Request, Download, SseRequest])
@pytest.mark.parametrize(
    "host",
    [
        *("169.254.169.254", "[::ffff:169.254.169.254]", "[fd00:ec2::254]", "100.100.100.200"),
        *("2852039166", "0xa9fea9fe"),
    ],
)
async def test_addresses_of_credentials_are_refused(
    context: FakeTaskContext, kind: type[Any], host: str
):
    with pytest.raises(TaskFailedError, match="are refused: the address gives away"):
        await values(context, kind, f"http://{host}/latest/meta-data/")


async def test_a_name_is_refused_for_what_it_resolves_to(context: FakeTaskContext, server: Server):
    context.settings[SETTINGS] = {"refused-addresses": ["127.0.0.0/8", "::1"]}
    with pytest.raises(TaskFailedError, match=r"Requests to localhost \(.*are refused"):
        await values(context, Request, f"http://localhost:{server.server_port}/")


async def test_each_redirect_is_asked_about(context: FakeTaskContext, server: Server):
    context.settings[SETTINGS] = {"refused-addresses": "127.0.0.9"}
    port = server.server_port
    fine = f"http://127.0.0.1:{port}/hop?http://127.0.0.1:{port}/there"
    assert (await values(context, Request, fine))["body"] == "secret"
    server.seen.clear()
    with pytest.raises(TaskFailedError, match=r"Requests to 127.0.0.9 \(127.0.0.9\) are refused"):
        await values(context, Download, f"http://127.0.0.1:{port}/hop?http://127.0.0.9:{port}/x")
    assert [line.split("?")[0] for line in server.seen] == ["/hop"]


async def test_the_server_can_allow_an_address(context: FakeTaskContext, server: Server):
    context.settings[SETTINGS] = {
        "refused-addresses": ["127.0.0.0/8"],
        "allowed-addresses": ["127.0.0.1/32"],
    }
    found = await values(context, Request, f"http://127.0.0.1:{server.server_port}/")
    assert found["body"] == "secret"
    context.settings[SETTINGS] = {"allowed-addresses": "nowhere"}
    with pytest.raises(TaskFailedError, match="`allowed-addresses` of"):
        await values(context, Request, f"http://127.0.0.1:{server.server_port}/")


async def test_containers_names_of_this_machine_are_known(context: FakeTaskContext, server: Server):
    found = await values(context, Request, f"http://host.docker.internal:{server.server_port}/")
    assert found["code"] == 200


async def test_a_proxy_is_asked_with_its_password(context: FakeTaskContext, server: Server):
    server.seen.clear()
    proxy = {"type": "HTTP", "address": "127.0.0.1", "port": server.server_port}
    login = {"username": "ada", "password": "s3"}
    found = await values(
        context, Request, "http://no.such.host.test/x", options={"proxy": {**proxy, **login}}
    )
    assert found["code"] == 200
    assert server.seen == ["http://no.such.host.test/x Basic YWRhOnMz"]
    server.seen.clear()
    flat = {"proxyType": "HTTP", "proxyAddress": "127.0.0.1", "proxyPort": server.server_port}
    await values(context, Download, "http://no.such.host.test/y", options=flat)
    assert server.seen == ["http://no.such.host.test/y "]


async def test_a_proxy_is_no_way_around(context: FakeTaskContext, server: Server):
    proxy = {"type": "HTTP", "address": "127.0.0.1", "port": server.server_port}
    with pytest.raises(TaskFailedError, match="are refused"):
        await values(context, Request, "http://169.254.169.254/", options={"proxy": proxy})


async def test_a_proxy_of_the_environment_is_used(
    context: FakeTaskContext, server: Server, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{server.server_port}")
    server.seen.clear()
    await values(context, Request, "http://no.such.host.test/x")
    assert server.seen == ["http://no.such.host.test/x "]
    with pytest.raises(TaskFailedError, match="are refused"):
        await values(context, Request, "http://169.254.169.254/")


@pytest.fixture(scope="module")
def own_certificate(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    """A context of a server whose certificate nobody knows; it tells which name it was asked."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    encoding, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    path.write_bytes(
        key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, plain)
        + certificate.public_bytes(encoding)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


async def test_an_unknown_certificate_is_refused_unless_allowed(
    context: FakeTaskContext, own_certificate: ssl.SSLContext
):
    asked: list[str | None] = []
    own_certificate.sni_callback = lambda _socket, name, _context: asked.append(name)
    with running(own_certificate) as server:
        uri = f"https://localhost:{server.server_port}/"
        with pytest.raises(TaskFailedError, match="CERTIFICATE_VERIFY_FAILED"):
            await values(context, Request, uri)
        for allowed in (
            {"options": {"ssl": {"insecureTrustAllCertificates": True}}},
            {"sslOptions": {"insecureTrustAllCertificates": True}},
        ):
            assert (await values(context, Request, uri, **allowed))["body"] == "secret"
            assert (await values(context, Download, uri, **allowed))["length"] == 6
    assert set(asked) == {"localhost"}


async def test_a_body_can_be_kept_encrypted(context: FakeTaskContext, server: Server):
    uri = f"http://127.0.0.1:{server.server_port}/"
    found = await values(context, Request, uri, encryptBody=True)
    assert found["encryptedBody"] == {"type": "io.kestra.datatype:aes_encrypted", "value": "terces"}
    assert "body" not in found


async def test_events_are_kept_and_put_together(context: FakeTaskContext, server: Server):
    uri = f"http://127.0.0.1:{server.server_port}/events"
    found = await values(context, SseRequest, uri, concatJqExpression=".text")
    assert (found["size"], found["result"]) == (3, "Hello")
    assert (await context.stored_text(found["events"])).splitlines() == [
        '{id:"1",event:"message",data:"{\\"text\\": \\"Hel\\"}"}',
        '{id:"1",event:"more",data:"{\\"text\\":\\n\\"lo\\"}"}',
        '{id:"1",event:"message",data:"[DONE]"}',
    ]


async def test_an_event_without_what_is_looked_for(context: FakeTaskContext, server: Server):
    uri = f"http://127.0.0.1:{server.server_port}/events"
    with pytest.raises(TaskFailedError, match="`concatJqExpression` finds nothing in the event"):
        await values(context, SseRequest, uri, concatJqExpression=".text.x")
    found = await values(
        context, SseRequest, uri, concatJqExpression=".text.x", failedOnMissingJq=False
    )
    assert found["result"] == ""


async def test_a_socks_proxy_connects(context: FakeTaskContext, server: Server):
    asked: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(3)
        writer.write(b"\x05\x00")
        head = await reader.readexactly(5)
        asked.append(await reader.readexactly(head[4]))
        await reader.readexactly(2)
        writer.write(b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x50")
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as proxy:
        port = proxy.sockets[0].getsockname()[1]
        options = {"proxy": {"type": "SOCKS", "address": "127.0.0.1", "port": port}}
        found = await values(context, Request, "http://no.such.host.test/", options=options)
    assert (found["body"], asked) == ("ok", [b"no.such.host.test"])
