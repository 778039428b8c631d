"""Object stores on loopback: moto for S3, and small stand-ins for the APIs of two other clouds.

``s3_server()`` and ``blob_server()`` are context managers that give a base URL.
"""

from __future__ import annotations

import hashlib
import logging
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

S3_KEYS = {"access_key": "test-key", "secret_key": "test-secret", "region": "us-east-1"}


@contextmanager
def s3_server(*buckets: str) -> Iterator[str]:
    """Run moto's S3 with some empty buckets."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        with s3_client(f"http://{host}:{port}") as client:
            for bucket in buckets:
                client.create_bucket(Bucket=bucket)
        yield f"http://{host}:{port}"
    finally:
        server.stop()


@contextmanager
def s3_client(url: str) -> Iterator[Any]:
    """Give a client of another make than the one that is tested."""
    import boto3

    client = boto3.client(
        "s3",
        endpoint_url=url,
        aws_access_key_id=S3_KEYS["access_key"],
        aws_secret_access_key=S3_KEYS["secret_key"],
        region_name=S3_KEYS["region"],
    )
    try:
        yield client
    finally:
        client.close()


@contextmanager
def blob_server(handler: type[BlobHandler]) -> Iterator[str]:
    """Run a stand-in of one cloud's object store; any bucket is there, and empty."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (handler,), {"blobs": {}}))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class BlobHandler(BaseHTTPRequestHandler):
    """Objects by path, uploads in parts, lists as XML."""

    protocol_version = "HTTP/1.1"
    blobs: dict[str, tuple[bytes, datetime]]
    parts: dict[str, bytes]
    needs_authorization = True

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def handle_one_request(self) -> None:
        """Answer; a client that went away is no error."""
        try:
            super().handle_one_request()
        except ConnectionError:
            self.close_connection = True

    def read(self) -> None:
        parts = urlsplit(self.path)
        self.key = unquote(parts.path).lstrip("/")
        self.query = {k: v[0] for k, v in parse_qs(parts.query, keep_blank_values=True).items()}
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def store(self, content: bytes) -> None:
        type(self).blobs[self.key] = (content, datetime.now(UTC))

    def send(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def send_blob(self) -> None:
        found = self.blobs.get(self.key)
        if found is None:
            self.send(404, b"<Error><Code>BlobNotFound</Code></Error>")
            return
        content, at = found
        headers = {
            "ETag": f'"{etag(content)}"',
            "Last-Modified": format_datetime(at, usegmt=True),
            "Content-Length": str(len(content)),
        }
        self.send(200, content if self.command == "GET" else b"", headers)

    def listed(self, folder: str) -> list[tuple[str, bytes, datetime]]:
        start = f"{folder}/"
        return sorted(
            (key.removeprefix(start), *blob)
            for key, blob in self.blobs.items()
            if key.startswith(f"{start}{self.query.get('prefix', '')}")
        )


def etag(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


class GoogleHandler(BlobHandler):
    """The XML API of Google Cloud Storage."""

    def do_GET(self) -> None:
        self.read()
        if "list-type" not in self.query:
            self.send_blob()
            return
        items = "".join(
            f"<Contents><Key>{escape(key)}</Key><Size>{len(content)}</Size><ETag>e</ETag>"
            f"<LastModified>{at:%Y-%m-%dT%H:%M:%S.%fZ}</LastModified></Contents>"
            for key, content, at in self.listed(self.key)
        )
        self.send(200, f"<ListBucketResult>{items}</ListBucketResult>".encode())

    def do_HEAD(self) -> None:
        self.read()
        self.send_blob()

    def do_PUT(self) -> None:
        self.read()
        if "uploadId" in self.query:
            part = f"{self.query['uploadId']}-{int(self.query['partNumber']):06}"
            type(self).blobs[f".parts/{part}"] = (self.body, datetime.now(UTC))
        else:
            self.store(self.body)
        self.send(200, headers={"ETag": f'"{etag(self.body)}"'})

    def do_POST(self) -> None:
        self.read()
        if "uploads" in self.query:
            answer = "<InitiateMultipartUploadResult><UploadId>up1</UploadId>"
            self.send(200, f"{answer}</InitiateMultipartUploadResult>".encode())
            return
        self.store(b"".join(self.take_parts(self.query["uploadId"])))
        answer = "<CompleteMultipartUploadResult><ETag>e</ETag></CompleteMultipartUploadResult>"
        self.send(200, answer.encode())

    def do_DELETE(self) -> None:
        self.read()
        if "uploadId" in self.query:
            self.take_parts(self.query["uploadId"])
            self.send(204)
        else:
            self.send(204 if self.blobs.pop(self.key, None) else 404)

    def take_parts(self, upload: str) -> list[bytes]:
        names = sorted(key for key in self.blobs if key.startswith(f".parts/{upload}-"))
        return [self.blobs.pop(name)[0] for name in names]


class AzureHandler(BlobHandler):
    """The blob service of Azure, under ``/<account>/<container>/<name>``."""

    def do_GET(self) -> None:
        self.read()
        if self.query.get("comp") != "list":
            self.send_blob()
            return
        items = "".join(
            f"<Blob><Name>{escape(key)}</Name><Properties>"
            f"<Last-Modified>{format_datetime(at, usegmt=True)}</Last-Modified>"
            f"<Content-Length>{len(content)}</Content-Length><Etag>e</Etag>"
            "<Content-Type>x/y</Content-Type></Properties></Blob>"
            for key, content, at in self.listed(self.key)
        )
        answer = f"<EnumerationResults><Blobs>{items}</Blobs><NextMarker/></EnumerationResults>"
        self.send(200, answer.encode())

    def do_HEAD(self) -> None:
        self.read()
        self.send_blob()

    def do_PUT(self) -> None:
        self.read()
        blobs = type(self).blobs
        if self.query.get("comp") == "block":
            blobs[f".parts/{self.query['blockid']}"] = (self.body, datetime.now(UTC))
        elif self.query.get("comp") == "blocklist":
            names = re.findall(r"<(?:Latest|Uncommitted)>([^<]+)<", self.body.decode())
            self.store(b"".join(blobs.pop(f".parts/{name}")[0] for name in names))
        else:
            self.store(self.body)
        self.send(201, headers={"ETag": '"e"'})

    def do_DELETE(self) -> None:
        self.read()
        self.send(202 if self.blobs.pop(self.key, None) else 404)

    def do_POST(self) -> None:
        """Answer a batch of deletions."""
        self.read()
        answers = []
        for number, path in enumerate(re.findall(r"DELETE (\S+) HTTP", self.body.decode())):
            self.blobs.pop(unquote(urlsplit(path).path).lstrip("/"), None)
            answers.append(
                "--batch\r\nContent-Type: application/http\r\n"
                f"Content-ID: {number}\r\n\r\nHTTP/1.1 202 Accepted\r\n\r\n\r\n"
            )
        body = f"{''.join(answers)}--batch--\r\n".encode()
        self.send(202, body, {"Content-Type": "multipart/mixed; boundary=batch"})
