"""``tiercel server …``: what is said at the start, and what is refused."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from tiercel.embedded import Endpoints

PATIENCE_SECONDS = 60
START = (sys.executable, "-c", "from tiercel.main import run; run()", "server")
FLOW = (
    "id: {}\nnamespace: team\ntasks: [{{id: a, type: io.kestra.plugin.core.log.Log, message: x}}]\n"
)


@contextmanager
def running(folder: Path, *words: str, **environment: str) -> Iterator[list[str]]:
    """Run a server; give what it says until it has told all of its addresses."""
    variables = {**os.environ, "PYTHONUNBUFFERED": "1", "HOME": str(folder), **environment}
    command = [*START, *words, "--data-dir", str(folder / "data")]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=variables
    ) as process:
        said: list[str] = []
        assert process.stdout is not None
        for line in process.stdout:
            said.append(line.rstrip())
            if line.lstrip().startswith("health "):
                break
        try:
            yield said
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=PATIENCE_SECONDS)


def refused(folder: Path, *words: str, **environment: str) -> tuple[int, str]:
    done = subprocess.run(
        [*START, *words, "--data-dir", str(folder / "data")],
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        env={**os.environ, "HOME": str(folder), **environment},
    )
    return done.returncode, done.stderr


def get(url: str, **more: Any) -> httpx.Response:
    """Ask a server of a busy machine."""
    return httpx.get(url, timeout=PATIENCE_SECONDS, **more)


def post(url: str, **more: Any) -> httpx.Response:
    """As :func:`get`."""
    return httpx.post(url, timeout=PATIENCE_SECONDS, **more)


def address(said: list[str], word: str) -> str:
    [line] = [line for line in said if word in line]
    return re.findall(r"http://\S+", line)[0]


def assert_numbers_of_everything(management: str) -> None:
    """A port of its own tells what the API tells those who run the server."""
    numbers = get(f"{management}/prometheus").text
    for name in (
        "process_cpu_seconds_total",
        "kestra_worker_job_thread",
        "kestra_scheduler_loop_count_total",
        'kestra_indexer_message_in_count_total{class_name="LogEntry"}',
    ):
        assert name in numbers
    assert "tiercel_info" in get(f"{management}/metrics").json()["names"]
    assert get(f"{management}/version").json()["type"] == "STANDALONE"
    for path in ("/env", "/loggers", "/worker", "/scheduler", "/info"):
        assert get(f"{management}{path}").status_code == 200
    for path in ("/", "/ui/", "/api/v1/configs", "/api/v1/flows/search", "/metrics/a/b", "//env"):
        assert get(f"{management}{path}").status_code == 404


def test_everything_in_one_process_from_a_file(
    tmp_path: Path, database_url: str, bus_url: str
) -> None:
    flows = tmp_path / "flows" / "below"
    flows.mkdir(parents=True)
    (flows / "two.yml").write_text(FLOW.format("one") + "---\n" + FLOW.format("two"))
    (tmp_path / "kestra.yml").write_text(
        "micronaut.server.port: 0\nendpoints.all.port: 0\nkestra:\n  url: https://k.example/\n"
        "  environment: {name: test, color: red}\n  server.preview.max-rows: 7\n"
        f"  serverr: {{}}\ntiercel: {{database-url: '{database_url}', bus-url: '{bus_url}'}}\n"
    )
    words = ("standalone", "-c", str(tmp_path / "kestra.yml"), "-f", str(tmp_path / "flows"))
    with running(tmp_path, *words) as said:
        assert "kestra.yml:7:3: kestra.serverr: is not known" in said[0]
        assert "did you mean `kestra.server`?" in said[0]
        url, health = address(said, "Server Running"), address(said, "health")
        assert get(health).json()["details"]["database"]["status"] == "UP"
        assert_numbers_of_everything(health.removesuffix("/health"))
        found = get(f"{url}/api/v1/flows/search?namespace=team").json()["results"]
        assert {flow["id"] for flow in found} == {"one", "two"}
        shown = get(f"{url}/api/v1/configs").json()
        assert shown["environment"] == {"name": "test", "color": "red"}
        assert shown["preview"] == {"initial": 100, "max": 7}
        started = post(f"{url}/api/v1/executions/team/one").json()
        assert started["url"] == f"https://k.example/ui/executions/team/one/{started['id']}"


def test_a_worker_tells_whether_it_is_well(tmp_path: Path, bus_url: str) -> None:
    protection = {
        "ENDPOINTS_ALL_BASIC_AUTH_USERNAME": "a",
        "ENDPOINTS_ALL_BASIC_AUTH_PASSWORD": "b",
    }
    words = ("worker", "-t", "2", "-g", "gpu", "--port", "0", "--bus-url", bus_url)
    with running(tmp_path, *words, **protection) as said:
        assert "worker of group gpu, 2 attempts at once" in said[0]
        health = address(said, "health")
        assert get(health).status_code == 401
        report = get(health, auth=("a", "b")).json()
        assert report["details"] == {"queue": {"status": "UP"}}
        assert post(health, auth=("a", "b")).status_code == 405
        assert get(f"{health}/nothing", auth=("a", "b")).status_code == 404
        counted = get(health.replace("health", "prometheus"), auth=("a", "b")).text
        assert 'kestra_worker_job_thread{worker_group="gpu"} 2\n' in counted
    assert not (tmp_path / "data" / "postgres").exists()


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("worker", "-g", "a b"), 2, "--worker-group takes letters"),
        (("worker", "-t", "0"), 2, "one thread at least"),
        (("local", "--port", "70000"), 2, "a number from 0 to 65535"),
        (("local", "--tenant", "other"), 2, "There is no tenant 'other'"),
        (("executor", "--skip-flows", "team"), 2, "--skip-flows takes namespace|flow or main|"),
        (("executor", "--skip-flows", "other|team|a"), 2, "There is no tenant 'other'"),
        (("local", "--skip-namespaces", "a|b|c"), 2, "takes namespace or main|namespace, not"),
        (("standalone", "--skip-tenants", "main,other"), 2, "There is no tenant 'other'"),
    ],
)
def test_options_that_are_refused(
    tmp_path: Path, words: tuple[str, ...], code: int, says: str
) -> None:
    returned, said = refused(tmp_path, *words)
    assert (returned, says in said) == (code, True), said


def test_a_port_for_numbers_needs_no_login_and_tells_no_settings(
    tmp_path: Path, database_url: str, bus_url: str
) -> None:
    given = {
        "KESTRA_SERVER_BASIC_AUTH_USERNAME": "ops@example.org",
        "KESTRA_SERVER_BASIC_AUTH_PASSWORD": "Open:Sesame1",
        "ENDPOINTS_ALL_PORT": "0",
    }
    words = ("local", "--port", "0", "--database-url", database_url, "--bus-url", bus_url)
    with running(tmp_path, *words, **given) as said:
        management = address(said, "health").removesuffix("/health")
        assert "tiercel_flows" in get(f"{management}/prometheus").text
        for path in ("/env", "/loggers", "/loggers/ROOT", "/worker", "/scheduler"):
            assert get(f"{management}{path}").status_code == 404
        url = address(said, "Server Running")
        assert get(f"{url}/prometheus").status_code == 401
    given |= {"ENDPOINTS_ALL_BASIC_AUTH_USERNAME": "a", "ENDPOINTS_ALL_BASIC_AUTH_PASSWORD": "b"}
    with running(tmp_path, *words, **given) as said:
        management = address(said, "health").removesuffix("/health")
        assert get(f"{management}/env").status_code == 401
        assert get(f"{management}/prometheus").status_code == 401
        shown = get(f"{management}/env", auth=("a", "b")).text
        assert "propertySources" in shown
        assert "Sesame" not in shown


def test_a_wrong_configuration_is_refused_with_every_place(tmp_path: Path) -> None:
    text = "micronaut.server.port: x\nkestra.storage.type: y\n"
    code, said = refused(tmp_path, "executor", KESTRA_CONFIGURATION=text)
    assert code == 1
    assert "KESTRA_CONFIGURATION:1:24: micronaut.server.port: must be a port" in said
    assert "KESTRA_CONFIGURATION:2:22: kestra.storage.type: must be local" in said


def test_a_server_that_stands_alone_is_asked_on_the_usual_port_unless_that_is_taken(
    tmp_path: Path, database_url: str, bus_url: str
) -> None:
    servers = ("--database-url", database_url, "--bus-url", bus_url)
    with socket.socket() as taken:
        with suppress(OSError):  # then somebody else has it, which is as good
            taken.bind(("127.0.0.1", 8081))
            taken.listen()
        with running(tmp_path, "standalone", "--port", "0", *servers) as said:
            assert "on the port of the API: Port 8081 of 127.0.0.1 can't be used" in said[-1]
            health = f"{address(said, 'Server Running')}/health"
            assert get(health).json()["status"] == "UP"


@pytest.mark.parametrize("place", ["nonsense", "{}://u:sec/ret@h", "{}://[::1", "http://h"])
def test_an_address_of_a_server_that_is_none_is_told_without_showing_it(
    tmp_path: Path, place: str, bus_url: str
) -> None:
    url = place.format("postgresql")
    code, said = refused(tmp_path, "executor", "--bus-url", bus_url, "--database-url", url)
    assert (code, "The URL of the database can't be read" in said) == (1, True), said
    assert "Traceback" not in said
    assert "sec/ret" not in said
    code, said = refused(tmp_path, "worker", "--bus-url", place.format("nats"))
    assert (code, "The URL of NATS can't be read" in said) == (1, True), said
    assert "Traceback" not in said


def test_an_open_address_without_a_login_is_refused(
    tmp_path: Path, database_url: str, bus_url: str
) -> None:
    words = ("local", "--port", "0", "--database-url", database_url, "--bus-url", bus_url)
    given = {"MICRONAUT_SERVER_HOST": "0.0.0.0"}  # noqa: S104  what is refused
    code, said = refused(tmp_path, *words, **given)
    assert code == 1
    assert "Refusing to listen on 0.0.0.0" in said
    assert "KESTRA_SERVER_BASIC_AUTH_USERNAME" in said


def test_a_folder_of_flows_must_be_good(tmp_path: Path, database_url: str, bus_url: str) -> None:
    (tmp_path / "bad.yml").write_text("id: a\nnamespace: team\ntasks: nothing\n")
    servers = ("--database-url", database_url, "--bus-url", bus_url)
    code, said = refused(tmp_path, "local", "--port", "0", "-f", str(tmp_path), *servers)
    assert (code, "tasks" in said) == (1, True), said


def test_flows_that_an_executor_is_told_to_skip_stand_still(
    tmp_path: Path, database_url: str, bus_url: str
) -> None:
    (tmp_path / "flows.yml").write_text(FLOW.format("bad") + "---\n" + FLOW.format("good"))
    words = ("local", "--port", "0", "--database-url", database_url, "--bus-url", bus_url)
    skipping = ("--skip-flows", "main|team|bad,team|other", "--start-executors", "any")
    with running(tmp_path, *words, "-f", str(tmp_path), *skipping, ENDPOINTS_ALL_PORT="0") as said:
        assert "skipped flows: main|team|bad, team|other" in said
        assert any("parts of a Kafka executor" in line for line in said)
        url = f"{address(said, 'Server Running')}/api/v1/executions"
        bad = post(f"{url}/team/bad").json()["id"]
        good = httpx.post(f"{url}/team/good?wait=true", timeout=PATIENCE_SECONDS).json()
        assert good["state"]["current"] == "SUCCESS"
        assert get(f"{url}/{bad}").json()["state"]["current"] == "CREATED"
    with running(tmp_path, *words, ENDPOINTS_ALL_PORT="0") as said:
        url = f"{address(said, 'Server Running')}/api/v1/executions"
        followed = httpx.get(f"{url}/{bad}/follow", timeout=PATIENCE_SECONDS).text
        assert '"current":"SUCCESS"' in followed.split("id: end")[1]


COMPOSE = """\
datasources:
  postgres:
    url: jdbc:postgresql://{place}?sslmode=disable
    driverClassName: org.postgresql.Driver
    username: {user}
    password: '{password}'
kestra:
  server:
    basicAuth:
      enabled: false
      username: "admin@kestra.io" # it must be a valid email address
      password: kestra
  repository:
    type: postgres
  storage:
    type: local
    local:
      basePath: "{folder}/storage"
  queue:
    type: postgres
  tasks:
    tmpDir:
      path: {folder}/wd
  url: http://localhost:8080/
"""


def test_the_text_of_a_compose_file_starts_a_server(
    tmp_path: Path, database_url: str, bus_url: str, servers: Endpoints
) -> None:
    place = httpx.URL(servers.tcp_url).copy_with(path=httpx.URL(database_url).path)
    text = COMPOSE.format(
        place=f"{place.host}:{place.port}{place.path}",
        user=place.username,
        password=place.password,
        folder=tmp_path,
    )
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "one.yml").write_text(FLOW.format("one"))
    words = ("standalone", "-f", str(tmp_path / "flows"), "--port", "0", "--bus-url", bus_url)
    given = {"KESTRA_CONFIGURATION": text, "ENDPOINTS_ALL_PORT": "0"}
    with running(tmp_path, *words, **given) as said:
        remarks = [line for line in said if line.startswith("configuration: ")]
        assert len(remarks) == 3
        for word in ("driverClassName", "the queue is NATS", "encryption.secret-key"):
            assert any(word in line for line in remarks)
        url = address(said, "Server Running")
        started = httpx.post(
            f"{url}/api/v1/executions/team/one?wait=true", timeout=PATIENCE_SECONDS
        ).json()
        assert started["state"]["current"] == "SUCCESS"
        assert started["url"] == f"http://localhost:8080/ui/executions/team/one/{started['id']}"
        assert get(f"{url}/api/v1/configs").json()["isBasicAuthEnabled"] is False
        kept = {"path": "/a.txt"}
        files = {"fileContent": ("a.txt", b"kept")}
        stored = f"{url}/api/v1/namespaces/team/files"
        assert post(stored, params=kept, files=files).status_code == 200
        assert list((tmp_path / "storage").rglob("a.txt")) != []


def test_a_server_below_a_path_watches_a_folder(
    tmp_path: Path, database_url: str, bus_url: str
) -> None:
    watched = tmp_path / "watched"
    watched.mkdir()
    (watched / "w.yml").write_text(FLOW.format("kept_in_a_file"))
    text = (
        "micronaut:\n  server.context-path: /kestra\n"
        f"  io.watch: {{enabled: true, paths: ['{watched}']}}\nendpoints.all.port: 0\n"
    )
    words = ("local", "--port", "0", "--database-url", database_url, "--bus-url", bus_url)
    with running(tmp_path, *words, KESTRA_CONFIGURATION=text) as said:
        assert "watched/w.yml: flow team.kept_in_a_file is stored as revision 1" in said
        url = address(said, "Server Running")
        assert url.endswith("/kestra")
        assert address(said, "pages") == f"{url}/ui"
        path = f"{url}/api/v1/flows/team/kept_in_a_file"
        assert get(path).status_code == 200
        deleted = subprocess.run(
            [*START[:-1], "flow", "delete", "team", "kept_in_a_file", "--server", f"{url}/"],
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
        )
        assert deleted.returncode == 0, deleted.stderr
        assert get(path).status_code == 404
        _wait_until(lambda: not (watched / "w.yml").exists())
        (watched / "x.yml").write_text(FLOW.format("kept_later"))
        _wait_until(lambda: get(f"{url}/api/v1/flows/team/kept_later").status_code == 200)


def _wait_until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_watched_folder_must_be_there(tmp_path: Path, database_url: str, bus_url: str) -> None:
    text = f"micronaut.io.watch: {{enabled: true, paths: ['{tmp_path}/none']}}"
    words = ("local", "--port", "0", "--database-url", database_url, "--bus-url", bus_url)
    code, said = refused(tmp_path, *words, KESTRA_CONFIGURATION=text)
    assert (code, "none is no folder" in said.replace("\n", "")) == (1, True), said
