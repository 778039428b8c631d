"""The examples of the course on a whole node, over data of this machine."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import AsyncIterator, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from gemini_api import Gemini
from google_cloud import GoogleCloud
from tiercel.main import open_node
from tiercel.model.state import StateType
from tiercel.services.demo_data import TaxiServer
from tiercel.services.executions import Snapshot
from tiercel.services.kv import KeyType, TypedValue
from tiercel.services.node import Node, NodeOptions

pytestmark = pytest.mark.asyncio(loop_scope="module")

EXAMPLES = Path(__file__).parents[3] / "examples" / "course"
PRODUCTS = {
    "products": [
        {"title": "Pen", "brand": "A", "price": 1.5},
        {"title": "Ink", "brand": "B", "price": 9},
        {"title": "Cap", "brand": "A", "price": 3},
        {"title": "Nib", "price": 2},
    ]
}


class _Products(BaseHTTPRequestHandler):
    """Answers everything with the products."""

    def log_message(self, *args: object) -> None:
        """Keep quiet."""

    def do_GET(self) -> None:
        body = json.dumps(PRODUCTS).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture(scope="module")
def products() -> Iterator[str]:
    """URL of a shop."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Products) as server:
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/products"
        server.shutdown()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def node(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Node]:
    """A running node."""
    async with open_node(NodeOptions(data_dir=tmp_path_factory.mktemp("node"))) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def trips() -> AsyncIterator[TaxiServer]:
    """A server of taxi trips."""
    async with TaxiServer(rows=500) as server:
        yield server


async def run(
    node: Node, name: str, inputs: Mapping[str, Any] | None = None, **variables: str
) -> Snapshot:
    saved = await node.flows.save((EXAMPLES / f"{name}.yaml").read_text())
    flow = saved.parsed.flow
    execution = await node.executions.start(
        flow.namespace, flow.id, inputs=inputs or {}, variables=variables
    )
    return await node.executions.wait(execution.id)


async def succeeded(node: Node, done: Snapshot) -> Mapping[str, Mapping[str, Any]]:
    """Return the outputs by task; a failure shows the log."""
    if done.execution.state.current is not StateType.SUCCESS:
        async for _ in node.executions.watch(done.execution.id):
            pass
        entries = await node.logs.list(done.execution.id)
        pytest.fail("\n".join(f"{entry.task_id}: {entry.message}" for entry in entries))
    return {task.task_id: task.outputs or {} for task in done.task_runs}


async def text_of(node: Node, uri: str) -> str:
    return b"".join([chunk async for chunk in node.storage.open(uri)]).decode()


async def test_products_are_averaged_with_duckdb(node: Node, products: str):
    outputs = await succeeded(node, await run(node, "products_duckdb", source=products))
    assert outputs["query"]["outputs"][0]["size"] == 3
    assert await text_of(node, outputs["csv"]["uri"]) == (
        "brand,average_price,products\nB,9.0,1\nA,2.25,2\nnone,2.0,1\n"
    )


async def test_trips_are_counted_with_python(node: Node, trips: TaxiServer):
    outputs = await succeeded(node, await run(node, "trip_statistics", base_url=trips.base_url))
    assert outputs["count"]["vars"]["trips"] == 500
    assert outputs["count"]["vars"]["miles"] > 0


@pytest.mark.slow
async def test_trips_are_modelled_with_dbt(node: Node, trips: TaxiServer):
    outputs = await succeeded(node, await run(node, "trips_dbt", base_url=trips.base_url))
    rows = outputs["busiest"]["rows"]
    assert len(rows) == 5
    assert rows[0]["trips"] >= rows[1]["trips"]
    assert {"run_results.json", "manifest.json", "taxi.db"} <= set(
        outputs["dbt_build"]["outputFiles"]
    )


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[GoogleCloud]:
    with GoogleCloud().running(monkeypatch) as running:
        yield running


@pytest.fixture
def gemini() -> Iterator[Gemini]:
    with Gemini().running() as running:
        yield running


async def keep(node: Node, key: str, value: str, kind: KeyType = KeyType.STRING) -> None:
    """Keep a key-value entry of the course's namespace."""
    content = json.loads(value) if kind is KeyType.JSON else value
    await node.views.kv.set("zoomcamp", key, TypedValue(kind, content))


async def test_trips_go_to_a_bucket_and_a_table(node: Node, trips: TaxiServer, cloud: GoogleCloud):
    await succeeded(node, await run(node, "cloud_settings"))
    await keep(node, "GCP_CREDS", cloud.key(), KeyType.JSON)
    for is_first in (True, False):
        outputs = await succeeded(node, await run(node, "cloud_setup"))
        assert outputs["bucket"]["created"] is is_first
        assert outputs["dataset"]["dataset"] == "taxi"
    done = await run(node, "cloud_trips", {"month": "2019-01"}, base_url=trips.base_url)
    outputs = await succeeded(node, done)
    name = "green_tripdata_2019-01.csv"
    assert outputs["upload"]["uri"] == f"gs://my-taxi-trips/{name}"
    assert cloud.contents["my-taxi-trips", name].count(b"\n") == 501
    asked = [job["configuration"]["query"]["query"].split()[0] for job in cloud.jobs.values()]
    assert asked == ["CREATE", "CREATE", "INSERT"]
    assert {label.key: label.value for label in done.execution.labels}["file"] == name


async def test_a_model_is_asked_without_and_with_a_document(node: Node, gemini: Gemini):
    await keep(node, "GEMINI_API_KEY", "right-key")
    plain = await succeeded(node, await run(node, "ask_model", gemini_url=gemini.url))
    assert plain["ask"]["textOutput"] == "Hello"
    known = {"gemini_url": gemini.url, "document": f"{gemini.url}/notes"}
    outputs = await succeeded(node, await run(node, "ask_documents", **known))
    assert outputs["take_in"]["ingestedDocuments"] == 1
    assert outputs["ask"]["textOutput"] == "Hello"
    assert "A dog barks." in gemini.asked[-1]["contents"][0]["parts"][0]["text"]


async def test_every_pipeline_of_the_course_is_run_here():
    ran = set(re.findall(r'run\(\s*node, "(\w+)"', Path(__file__).read_text()))
    assert ran == {path.stem for path in EXAMPLES.glob("*.yaml")}
