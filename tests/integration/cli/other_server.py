"""A stand-in for the original server: it serves what that was seen to answer, and nothing else."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

RECORDED = Path(__file__).parents[2] / "data" / "api" / "exchanges.jsonl"
NAMESPACE = "demo.recorded"
USER = "ops@example.org:Open:Sesame1"
TOKEN = "t0ken"
NEXT = "2031-02-03T04:05:06Z"
BAD = """id: broken
namespace: demo.recorded
tasks:
  - id: hello
    type: io.kestra.plugin.core.log.Log
    mesage: hello
"""


def recorded() -> dict[str, Any]:
    """Return the answers of the original by the names of their exchanges."""
    lines = [json.loads(line) for line in RECORDED.read_text("utf-8").splitlines()]
    return {line["name"]: line["answer"] for line in lines}


def answers() -> dict[str, Any]:
    """Return what is served, by path; paths with ``?`` are served for these parameters."""
    seen = recorded()
    orders, children = (
        seen["get_flows_namespace_id_source"],
        seen["get_flows_namespace_id_revisions"],
    )
    alive = [item for item in children if not item.get("deleted")]
    broken = {"id": "broken", "namespace": NAMESPACE, "revision": 1, "source": BAD}
    flows = [orders, alive[-1], broken]
    listed = [{key: value for key, value in flow.items() if key != "source"} for flow in flows]
    files = f"/namespaces/{NAMESPACE}/files"
    keys = f"/namespaces/{NAMESPACE}/kv"
    dates = {"creationDate": "2024-12-20T10:00:00Z", "updateDate": "2024-12-20T10:00:00Z"}
    nightly = {"namespace": NAMESPACE, "flowId": "orders", "triggerId": "nightly"}
    return {
        "/flows/search": listed,
        **{f"/flows/{NAMESPACE}/{flow['id']}?source=true": flow for flow in flows},
        f"/flows/{NAMESPACE}/child/revisions": children,
        f"/flows/{NAMESPACE}/orders/revisions": [orders],
        f"/flows/{NAMESPACE}/broken/revisions": [broken],
        "/namespaces/search": [
            {"id": name, "deleted": False, "disabled": True} for name in ("demo", NAMESPACE)
        ],
        f"{files}/search?q=": seen["get_namespaces_files_search"],
        f"{files}?path=/scripts/main.py": seen["get_namespaces_files"].encode(),
        keys: [
            {"key": "obj", **dates},
            {"key": "dt", **dates},
            {"key": "gone", **dates},
            {"key": "soon", **dates, "expirationDate": "2099-01-01T00:00:00Z"},
        ],
        f"{keys}/obj": seen["get_namespaces_kv_key_json"],
        f"{keys}/dt": {**seen["get_namespaces_kv_key_datetime"], "value": "2024-12-20T10:00:00Z"},
        f"{keys}/soon": seen["get_namespaces_kv_key_string"],
        "/triggers/search": [
            {
                "abstractTrigger": orders["triggers"][0],
                "triggerContext": {
                    **nightly,
                    "date": "2024-12-20T02:00:00Z",
                    "nextExecutionDate": NEXT,
                    "disabled": False,
                },
            }
        ],
    }


@contextmanager
def other_server(
    *, tenant: str = "", login: bool = False, token: bool = False, namespace: str = NAMESPACE
) -> Iterator[str]:
    """Serve the answers; give the base URL.

    Args:
        namespace: In which everything is.
        tenant: All paths begin with it, as in later releases.
        login: Only who gives name and password is answered.
        token: Only who gives the token is answered.
    """
    served = {
        path.replace(NAMESPACE, namespace): answer
        if isinstance(answer, bytes)
        else json.loads(json.dumps(answer).replace(NAMESPACE, namespace))
        for path, answer in answers().items()
    }
    prefix = f"/api/v1/{tenant}" if tenant else "/api/v1"
    wanted = f"Basic {base64.b64encode(USER.encode()).decode()}" if login else ""
    wanted = f"Bearer {TOKEN}" if token else wanted

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if wanted and self.headers.get("authorization") != wanted:
                self._reply(401, b"")
                return
            url = urlsplit(self.path)
            found = (
                served.get(url.path.removeprefix(prefix)) if url.path.startswith(prefix) else None
            )
            query = parse_qs(url.query, keep_blank_values=True)
            if found is None and url.path.startswith(prefix):
                text = "&".join(f"{key}={value[0]}" for key, value in query.items())
                found = served.get(f"{url.path.removeprefix(prefix)}?{text}")
            if found is None:
                self._reply(404, b'{"message":"Not Found"}')
            elif isinstance(found, bytes):
                self._reply(200, found, "application/octet-stream")
            elif url.path.endswith("/search") and "page" in query:
                # no more than one of a page, however many are asked for
                page = int(query["page"][0])
                self._json({"results": found[page - 1 : page], "total": len(found)})
            else:
                self._json(found)

        def _json(self, value: Any) -> None:
            self._reply(200, json.dumps(value).encode())

        def _reply(self, status: int, body: bytes, kind: str = "application/json") -> None:
            self.send_response(status)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
