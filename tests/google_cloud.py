"""A stand-in of Google's HTTP APIs: login, Cloud Storage, BigQuery.

``GoogleCloud.running()`` serves on loopback and points the clients at it. Queries answer what the
test put into ``results``.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.parser import BytesParser
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import google_crc32c
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

TOKEN = "token-of-the-robot"


@dataclass
class Answer:
    """What a query gives: columns as (name, type, mode), rows as the API sends them, or errors."""

    columns: list[tuple[str, str, str]] = field(default_factory=list)
    rows: list[list[Any]] = field(default_factory=list)
    errors: list[dict[str, str]] = field(default_factory=list)
    polls: int = 1


@dataclass
class GoogleCloud:
    """The services.

    Attributes:
        buckets, objects, datasets, jobs: What was made, as the API shows it.
        results: Answers by SQL; a list is given one after the other.
        requests: (method, path) in order.
    """

    buckets: dict[str, dict[str, Any]] = field(default_factory=dict)
    objects: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    contents: dict[tuple[str, str], bytes] = field(default_factory=dict)
    datasets: dict[str, dict[str, Any]] = field(default_factory=dict)
    jobs: dict[str, dict[str, Any]] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)
    results: dict[str, Answer | list[Answer]] = field(default_factory=dict)
    requests: list[tuple[str, str]] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)
    url: str = ""

    @contextmanager
    def running(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[GoogleCloud]:
        """Serve on loopback."""
        handler = type("Handler", (_Handler,), {"cloud": self})
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=[0.01])
        thread.start()
        self.url = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", self.url)
        monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", self.url)
        try:
            yield self
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    def key(self) -> str:
        """Return the JSON key of a service account whose login is served here."""
        return json.dumps(
            {
                "type": "service_account",
                "project_id": "key-project",
                "private_key_id": "1",
                "private_key": _private_key(),
                "client_email": "robot@key-project.iam.gserviceaccount.com",
                "token_uri": f"{self.url}/token",
            }
        )


@cache
def _private_key() -> str:
    private = rsa.generate_private_key(65537, 2048).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return private.decode()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    cloud: GoogleCloud

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        self.query = {k: v[0] for k, v in parse_qs(parts.query).items()}
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.cloud.requests.append((self.command, parts.path))
        for pattern, serve in _ROUTES:
            found = re.fullmatch(pattern, f"{self.command} {parts.path}")
            if found is not None:
                if "token" not in pattern and self.headers["Authorization"] != f"Bearer {TOKEN}":
                    self.refuse(401, "no login")
                    return
                serve(self, *map(unquote, found.groups()))
                return
        self.refuse(501, f"not served: {self.command} {self.path}")

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815

    def send(self, body: Any, status: int = 200, **headers: str) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)

    def refuse(self, status: int, message: str, reason: str = "notFound") -> None:
        errors = [{"message": message, "reason": reason}]
        self.send({"error": {"code": status, "message": message, "errors": errors}}, status)

    def token(self) -> None:
        assert b"assertion=" in self.body
        self.send({"access_token": TOKEN, "expires_in": 3600, "token_type": "Bearer"})

    # Storage.

    def make_bucket(self) -> None:
        made = json.loads(self.body)
        if made["name"] in self.cloud.buckets:
            self.refuse(409, "You already own this bucket.", "conflict")
            return
        self.cloud.buckets[made["name"]] = {"location": "US", **made}
        self.send(self.cloud.buckets[made["name"]])

    def bucket(self, name: str) -> None:
        found = self.cloud.buckets.get(name)
        if found is None:
            self.refuse(404, "The specified bucket does not exist.")
        elif self.command == "DELETE":
            del self.cloud.buckets[name]
            self.send(b"", 204)
        else:
            if self.command == "PATCH":
                found.update(json.loads(self.body))
            self.send(found)

    def objects(self, bucket: str) -> None:
        prefix, delimiter = self.query.get("prefix", ""), self.query.get("delimiter")
        items, prefixes = [], set()
        for (owner, name), shown in sorted(self.cloud.objects.items()):
            if owner != bucket or not name.startswith(prefix):
                continue
            rest = name.removeprefix(prefix)
            if delimiter and delimiter in rest:
                prefixes.add(prefix + rest.partition(delimiter)[0] + delimiter)
            else:
                items.append(shown)
        self.send({"items": items, "prefixes": sorted(prefixes)})

    def upload(self, bucket: str) -> None:
        if self.query["uploadType"] == "resumable":
            shown = json.loads(self.body)
            place = f"{self.cloud.url}/resumed/{bucket}/{shown['name']}"
            self.cloud.objects[bucket, shown["name"]] = shown
            self.cloud.contents[bucket, shown["name"]] = b""
            self.send(b"", Location=place)
            return
        head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
        first, second = BytesParser().parsebytes(head + self.body).get_payload()
        shown = json.loads(first.get_payload(decode=True))
        shown["contentType"] = second.get_content_type()
        self.keep(bucket, shown, second.get_payload(decode=True))

    def resume(self, bucket: str, name: str) -> None:
        content = self.cloud.contents[bucket, name] + self.body
        self.cloud.contents[bucket, name] = content
        if self.headers["Content-Range"].endswith("/*") or not self.headers[
            "Content-Range"
        ].endswith(f"/{len(content)}"):
            self.send(b"", 308, Range=f"bytes=0-{len(content) - 1}")
            return
        self.keep(bucket, self.cloud.objects[bucket, name], content)

    def keep(self, bucket: str, shown: dict[str, Any], content: bytes) -> None:
        md5 = hashlib.md5(content, usedforsecurity=False).digest()
        crc = google_crc32c.Checksum(content).digest()
        shown |= {
            "bucket": bucket,
            "size": str(len(content)),
            "md5Hash": base64.b64encode(md5).decode(),
            "crc32c": base64.b64encode(crc).decode(),
            "generation": "1",
        }
        self.cloud.objects[bucket, shown["name"]] = shown
        self.cloud.contents[bucket, shown["name"]] = content
        self.send(shown)

    def object(self, bucket: str, name: str) -> None:
        if (bucket, name) not in self.cloud.objects:
            self.refuse(404, f"No such object: {bucket}/{name}")
        elif self.command == "DELETE":
            del self.cloud.objects[bucket, name]
            self.send(b"", 204)
        elif self.query.get("alt") == "media":
            shown = self.cloud.objects[bucket, name]
            hashes = f"crc32c={shown['crc32c']},md5={shown['md5Hash']}"
            self.send(self.cloud.contents[bucket, name], X_Goog_Hash=hashes)
        else:
            self.send(self.cloud.objects[bucket, name])

    def rewrite(self, bucket: str, name: str, to_bucket: str, to_name: str) -> None:
        content = self.cloud.contents[bucket, name]
        shown = {**self.cloud.objects[bucket, name], "name": to_name, "bucket": to_bucket}
        self.cloud.objects[to_bucket, to_name] = shown
        self.cloud.contents[to_bucket, to_name] = content
        size = str(len(content))
        self.send(
            {"done": True, "resource": shown, "totalBytesRewritten": size, "objectSize": size}
        )

    # BigQuery.

    def make_dataset(self, project: str) -> None:
        made = json.loads(self.body)
        name = made["datasetReference"]["datasetId"]
        if name in self.cloud.datasets:
            self.refuse(409, f"Already Exists: Dataset {project}:{name}", "duplicate")
            return
        self.cloud.datasets[name] = {"id": f"{project}:{name}", "etag": "e", **made}
        self.send(self.cloud.datasets[name])

    def dataset(self, project: str, name: str) -> None:
        found = self.cloud.datasets.get(name)
        if found is None:
            self.refuse(404, f"Not found: Dataset {project}:{name}")
        elif self.command == "DELETE":
            del self.cloud.datasets[name]
            self.send(b"", 204)
        else:
            if self.command == "PATCH":
                found.update(json.loads(self.body))
            self.send(found)

    def start_job(self, project: str) -> None:
        made = json.loads(self.body)
        job_id = made["jobReference"]["jobId"]
        if job_id in self.cloud.jobs:
            self.refuse(409, f"Already Exists: Job {job_id}", "duplicate")
            return
        query = made["configuration"]["query"]
        planned = self.cloud.results.get(query["query"], Answer())
        answer = planned.pop(0) if isinstance(planned, list) else planned
        self.cloud.answers[job_id] = Answer(
            answer.columns, answer.rows, answer.errors, answer.polls
        )
        destination = {"projectId": project, "datasetId": "_anonymous", "tableId": "result"}
        query.setdefault("destinationTable", destination)
        made["jobReference"].setdefault("location", "EU")
        made |= {"id": job_id, "selfLink": f"{self.cloud.url}/jobs/{job_id}"}
        made["status"] = {"state": "RUNNING"}
        made["statistics"] = {
            "creationTime": "1700000000000",
            "startTime": "1700000000000",
            "totalBytesProcessed": "2048",
            "query": {"totalBytesBilled": "1024", "totalBytesProcessed": "2048"},
        }
        self.cloud.jobs[job_id] = made
        if made["configuration"].get("dryRun"):
            made["status"] = {"state": "DONE"}
        self.send(made)

    def job(self, project: str, job_id: str) -> None:
        found, answer = self.cloud.jobs[job_id], self.cloud.answers[job_id]
        answer.polls -= 1
        if answer.polls <= 0 or job_id in self.cloud.cancelled:
            found["status"] = {"state": "DONE"}
            found["statistics"]["endTime"] = "1700000001500"
            if answer.errors:
                found["status"] |= {"errorResult": answer.errors[0], "errors": answer.errors}
        self.send(found)

    def cancel(self, project: str, job_id: str) -> None:
        self.cloud.cancelled.append(job_id)
        self.send({"job": self.cloud.jobs[job_id]})

    def rows(self, project: str, job_id: str) -> None:
        answer = self.cloud.answers[job_id]
        fields = [{"name": n, "type": t, "mode": m} for n, t, m in answer.columns]
        reference = {"projectId": project, "jobId": job_id, "location": "EU"}
        shown: dict[str, Any] = {
            "jobReference": reference,
            "jobComplete": True,
            "schema": {"fields": fields},
            "totalRows": str(len(answer.rows)),
        }
        count = int(self.query.get("maxResults", 2))
        if count and answer.rows:
            shown |= self.page(answer, count)
        self.send(shown)

    def page(self, answer: Answer, count: int) -> dict[str, Any]:
        start = int(self.query.get("pageToken", 0))
        page = answer.rows[start : start + min(count, 2)]
        shown: dict[str, Any] = {"totalRows": str(len(answer.rows))}
        shown["rows"] = [{"f": [{"v": value} for value in row]} for row in page]
        if start + len(page) < len(answer.rows):
            shown["pageToken"] = str(start + len(page))
        return shown


_BUCKET = "/storage/v1/b/([^/]+)"
_PROJECT = "/bigquery/v2/projects/([^/]+)"
_ROUTES: list[tuple[str, Callable[..., None]]] = [
    ("POST /token", _Handler.token),
    ("POST /storage/v1/b", _Handler.make_bucket),
    (f"(?:GET|PATCH|DELETE) {_BUCKET}", _Handler.bucket),
    (f"GET {_BUCKET}/o", _Handler.objects),
    (f"POST /upload{_BUCKET}/o", _Handler.upload),
    ("PUT /resumed/([^/]+)/(.+)", _Handler.resume),
    (f"POST {_BUCKET}/o/([^/]+)/rewriteTo/b/([^/]+)/o/([^/]+)", _Handler.rewrite),
    (f"(?:GET|DELETE) (?:/download)?{_BUCKET}/o/([^/]+)", _Handler.object),
    (f"POST {_PROJECT}/datasets", _Handler.make_dataset),
    (f"(?:GET|PATCH|DELETE) {_PROJECT}/datasets/([^/]+)", _Handler.dataset),
    (f"POST {_PROJECT}/jobs", _Handler.start_job),
    (f"GET {_PROJECT}/jobs/([^/]+)", _Handler.job),
    (f"POST {_PROJECT}/jobs/([^/]+)/cancel", _Handler.cancel),
    (f"GET {_PROJECT}/queries/([^/]+)", _Handler.rows),
]
