"""Everything between the parts is encrypted: PostgreSQL and NATS with certificates."""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from fault_proxy import Wire
from fault_world import PATIENCE_SECONDS, marking, start, wait_all
from nats_kit import nats_server

from tiercel.bus import Bus
from tiercel.embedded import Endpoints
from tiercel.main import open_node
from tiercel.model.errors import ServerUnavailableError
from tiercel.services.node import NodeOptions
from tiercel.store import Store

TLS_WANTED = (8).to_bytes(4, "big") + (80877103).to_bytes(4, "big")


@dataclass(frozen=True)
class Certificates:
    """An authority, and a server on loopback that it vouches for."""

    authority: Path
    certificate: Path
    key: Path
    stranger: Path


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _builder(subject: str, issuer: str, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
    )


def _authority(name: str, path: Path) -> ec.EllipticCurvePrivateKey:
    key = ec.generate_private_key(ec.SECP256R1())
    usage = x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=True,
        crl_sign=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
    made = (
        _builder(name, name, key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return key


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Certificates of today."""
    folder = tmp_path_factory.mktemp("certificates")
    folder.chmod(0o755)
    found = Certificates(*(folder / name for name in ("ca.pem", "s.pem", "s.key", "other.pem")))
    _authority("nobody", found.stranger)
    signer = _authority("tests", found.authority)
    key = ec.generate_private_key(ec.SECP256R1())
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
    made = (
        _builder("localhost", "tests", key)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(identifier, critical=False)
        .sign(signer, hashes.SHA256())
    )
    found.certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    found.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return found


class EncryptedWire(Wire):
    """A wire to PostgreSQL on which clients must ask for TLS first, as ``hostssl`` has it.

    The embedded PostgreSQL is built without OpenSSL: what it would do is done here.
    """

    def __init__(self, url: str, found: Certificates) -> None:
        super().__init__(url)
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._context.load_cert_chain(found.certificate, found.key)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if await reader.readexactly(8) != TLS_WANTED:
                return
            writer.write(b"S")
            await writer.start_tls(self._context)
        except (asyncio.IncompleteReadError, OSError):
            return
        await super()._join(reader, writer)


@pytest.fixture
def bus(certificates: Certificates, tmp_path: Path) -> Iterator[str]:
    """URL of a NATS server that speaks nothing but TLS."""
    settings = (
        "authorization: {user: tiercel, password: secret}\n"
        f"tls: {{cert_file: '{certificates.certificate}', key_file: '{certificates.key}'}}\n"
    )
    with nats_server(tmp_path, settings) as port:
        yield f"tls://tiercel:secret@localhost:{port}"


@pytest.fixture
async def database(
    servers_apart: Endpoints, certificates: Certificates
) -> AsyncIterator[EncryptedWire]:
    """PostgreSQL behind TLS."""
    async with EncryptedWire(servers_apart.tcp_url, certificates) as wire:
        yield wire


def verified(url: str, authority: Path) -> str:
    return f"{url}?sslmode=verify-full&sslrootcert={authority}"


async def test_executions_run_where_every_wire_is_encrypted(
    database: EncryptedWire,
    bus: str,
    certificates: Certificates,
    tmp_path: Path,
    own_types: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.authority))
    options = NodeOptions(
        data_dir=tmp_path / "node",
        database_url=verified(database.url, certificates.authority),
        bus_url=bus,
        grace=1.0,
    )
    async with open_node(options) as node:
        await node.flows.save(marking("encrypted", tasks=2))
        done = await wait_all(node, await start(node, "encrypted", 3))
    assert {item.execution.state.current.value for item in done} == {"SUCCESS"}


async def test_a_database_that_nobody_vouches_for_is_refused(
    database: EncryptedWire, certificates: Certificates
) -> None:
    with pytest.raises(ServerUnavailableError, match=r"(?i)certificate"):
        await Store.connect(verified(database.url, certificates.stranger))


async def test_a_database_that_wants_encryption_gets_no_plain_words(
    database: EncryptedWire,
) -> None:
    with pytest.raises(ServerUnavailableError):
        await Store.connect(f"{database.url}?sslmode=disable")


async def test_a_bus_that_nobody_vouches_for_is_refused(
    bus: str, certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.stranger))
    with pytest.raises(ServerUnavailableError, match=r"(?i)certificate"):
        await Bus.connect(bus, wait_seconds=PATIENCE_SECONDS)
