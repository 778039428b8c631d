"""How long a server takes to refuse what a hostile user would try.

    python -m bench.hostile [--times 3]

A real ``tiercel server local`` is asked by a client in this process, each request over a connection
of its own. Of every request the median is printed, slowest last; at the end, whether anything was
stored. The answer to a check of sources is a 200 that says what is wrong; all others are a 4xx.
"""

from __future__ import annotations

import argparse
import io
import json
import statistics
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import quote, urlsplit

from bench.server import Server

YAML, JSON = "application/x-yaml", "application/json"
FORM = "multipart/form-data; boundary=x"
GOAL_MS = 100
FLOWS = "/api/v1/flows"
EXECUTIONS = "/api/v1/executions"
LOG = "io.kestra.plugin.core.log.Log"
TASKS = f"tasks: [{{id: a, type: {LOG}, message: hi}}]\n"
HEAD = "id: flow\nnamespace: hostile\n"
SETUP = (
    f"id: hook\nnamespace: bench\n{TASKS}triggers:\n"
    "  - {id: hook, type: io.kestra.plugin.core.trigger.Webhook, key: right}\n",
    f"id: dated\nnamespace: bench\n{TASKS}triggers:\n"
    "  - {id: week, type: io.kestra.plugin.core.trigger.Schedule, cron: 0 0 * * 1}\n"
    "  - {id: minute, type: io.kestra.plugin.core.trigger.Schedule, cron: '* * * * *', "
    "disabled: true}\n",
    f"id: form\nnamespace: bench\ninputs: [{{id: day, type: DATE}}]\n{TASKS}",
)


@dataclass(frozen=True)
class Case:
    """One request.

    Attributes:
        announced: Bytes that its head announces and that never come; None for those there are.
        is_check: It asks what is wrong with a source.
    """

    name: str
    method: str
    path: str
    body: bytes = b""
    kind: str = ""
    announced: int | None = None
    is_check: bool = False


@dataclass
class Taken:
    """What became of a request, over its repetitions."""

    case: Case
    statuses: set[int] = field(default_factory=set)
    message: str = ""
    wall_ms: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)

    @property
    def is_refused(self) -> bool:
        """Whether it was refused each time, with a reason."""
        wanted = {2} if self.case.is_check else {4}
        return {status // 100 for status in self.statuses} == wanted and len(self.message) > 3


def post(name: str, path: str, text: str | bytes, kind: str = YAML, method: str = "POST") -> Case:
    """Return a request with a body."""
    return Case(name, method, path, text.encode() if isinstance(text, str) else text, kind)


def names() -> Iterator[Case]:
    """Yield ids and names that are none."""
    for name in ("", "..", "../x", "a b", "a\nb", "ünï", "{{ x }}", "a" * 300, "😀"):
        flow = {"id": name, "namespace": "hostile", "tasks": [{"id": "a", "type": LOG}]}
        yield post(f"flow id {name[:8]!r}", FLOWS, json.dumps(flow), JSON)
    for name in ("A", "a..b", "a b", "a" * 151):
        path = f"/api/v1/namespaces/{quote(name)}/kv/key"
        yield post(f"namespace {name[:8]!r}", path, "1", JSON, "PUT")
    for path in ("../x", "/a\\..\\x", "/" + "/".join(["d"] * 1500), "/" + "n" * 300):
        place = f"/api/v1/namespaces/hostile/files?path={quote(path)}"
        yield Case(f"file {path[:8]!r}", "GET", place)


def yaml_sources() -> Iterator[tuple[str, str]]:
    """Yield YAML that is no flow."""
    laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10)
    )
    yield "aliases of aliases", laughs + HEAD + TASKS
    yield "10,000 aliases", f"{HEAD}{TASKS}a: &a [1]\nb: [{'*a,' * 10_000}]"
    yield "an alias in itself", f"id: &a [*a]\nnamespace: hostile\n{TASKS}"
    yield "100,000 %TAG", "".join(f"%TAG !{n}! tag:x,2000:\n" for n in range(100_000)) + "---\n"
    yield "100,000 levels in brackets", "[" * 100_000
    yield "50,000 levels of dashes", "- " * 50_000
    yield "a tag of Python", f"id: !!python/name:os.system x\nnamespace: hostile\n{TASKS}"
    yield "10,000 tags of nobody", f"{HEAD}{TASKS}variables: [{'!x 1,' * 10_000}]"
    yield "10,000 repeated keys", HEAD + TASKS + "description: x\n" * 10_000
    yield "control characters", f"{HEAD}description: a\x07b\n{TASKS}"
    yield "4 MB of blanks and a bracket", HEAD + " \n" * 1_900_000 + "a: ["
    yield "5 MB of text", f"{HEAD}description: {'x' * 5_000_000}\n{TASKS}"
    yield "16 MB of lines", "a\n" * (8 << 20)
    yield "a list of a million", f"{HEAD}tasks: [{'0,' * 1_000_000}]"
    yield "a map of 4 MB", HEAD + "".join(f"k{n}: {n}\n" for n in range(270_000))
    yield "90,000 values", HEAD + "tasks:\n" + "- {id: a, type: b}\n" * 18_000
    yield "45,000 values in a list", f"{HEAD}variables: [{'0,' * 45_000}]"
    yield "45,000 values, no tasks", f"{HEAD}tasks: [{'{},' * 45_000}]"
    yield "9,000 tasks of nobody", HEAD + "tasks:\n" + "- {id: a, type: b}\n" * 9_000
    yield (
        "9,000 tasks without a name",
        HEAD + "tasks:\n" + f"- {{type: {LOG}, message: x}}\n" * 9_000,
    )
    yield "20,000 unknown properties", HEAD + TASKS + "".join(f"k{n}: 1\n" for n in range(20_000))
    unknown = ", ".join(f"k{n}: 1" for n in range(20_000))
    yield "20,000 of a task", f"{HEAD}tasks: [{{id: a, type: {LOG}, message: x, {unknown}}}]"
    yield (
        "20,000 lists as commands",
        (
            f"{HEAD}tasks: [{{id: a, type: io.kestra.plugin.scripts.shell.Commands, "
            f"commands: [{'[],' * 20_000}]}}]"
        ),
    )
    yield "20,000 labels without values", HEAD + TASKS + f"labels: [{'{key: a},' * 10_000}]"
    yield (
        "20,000 broken templates",
        (f"{HEAD}{TASKS}variables: [" + ",".join(f"'{{{{ {n}'" for n in range(20_000)) + "]"),
    )
    yield "a number of 100,000 digits", f"{HEAD}{TASKS}variables: {{a: {'9' * 100_000}}}"
    yield "a type of 100,000 letters", f"{HEAD}tasks: [{{id: a, type: {'y' * 100_000}}}]"


def json_bodies() -> Iterator[Case]:
    """Yield JSON that is no flow, and no list of what is wanted."""
    many = ",".join(["0"] * 1_000_000)
    entries = ",".join(f'"k{n}":{n}' for n in range(250_000))
    flow = '{"id": "flow", "namespace": "hostile", "tasks": [%s]}'
    yield post("JSON: a flow of a million values", FLOWS, flow % many, JSON)
    yield post("JSON: a flow of a map of 4 MB", FLOWS, flow % f"{{{entries}}}", JSON)
    yield post("JSON: 90,000 values", FLOWS, flow % ",".join(["[0]"] * 45_000), JSON)
    yield post("JSON: 45,000 values", FLOWS, flow % ",".join(["{}"] * 45_000), JSON)
    yield post("JSON: 4,000 flows", f"{FLOWS}/bulk", f"[{','.join([flow % ''] * 4_000)}]", JSON)
    yield post("JSON: 5,000 levels", FLOWS, flow % ("[" * 5_000 + "]" * 5_000), JSON)
    restart = f"{EXECUTIONS}/restart/by-ids"
    yield post("ids: a million numbers", restart, f"[{many}]", JSON)
    yield post("ids: a map of 4 MB", restart, f"{{{entries}}}", JSON)
    yield post("ids: half a number", restart, "[1", JSON)
    for count in (10_000, 90_000, 500_000):
        ids = json.dumps([f"x{n}" for n in range(count)])
        yield post(f"ids: {count:,} unknown ones to restart", restart, ids, JSON)
    ids = json.dumps([f"x{n}" for n in range(10_000)])
    yield post("ids: 10,000 unknown ones to delete", f"{EXECUTIONS}/by-ids", ids, JSON, "DELETE")
    labels = f'{{"executionsId": {ids}, "executionLabels": []}}'
    yield post("ids: 10,000 unknown ones to label", f"{EXECUTIONS}/labels/by-ids", labels, JSON)
    names = json.dumps([{"namespace": "hostile", "id": f"x{n}"} for n in range(15_000)])
    yield post("ids: 15,000 unknown flows", f"{FLOWS}/delete/by-ids", names, JSON, "DELETE")
    keys = [{"namespace": "n", "flowId": "f", "triggerId": f"x{n}"} for n in range(10_000)]
    place = "/api/v1/triggers/unlock/by-triggers"
    yield post("ids: 10,000 unknown triggers", place, json.dumps(keys), JSON)
    yield post("ids: 4 MB of backslashes", restart, '["' + "\\n" * (2 << 20) + "x", JSON)
    yield post("ids: 3 MB of quotes", restart, "[" + '"",' * (1 << 20) + '""]', JSON)


def archive(*entries: tuple[str, bytes]) -> bytes:
    """Return a form with a zip archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in entries:
            made.writestr(name, content)
    return part("fileUpload", buffer.getvalue(), "flows.zip")


def part(name: str, content: bytes, file_name: str = "") -> bytes:
    """Return a form with one part."""
    file = f'; filename="{file_name}"' if file_name else ""
    head = f'--x\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'
    return head.encode() + content + b"\r\n--x--\r\n"


def uploads() -> Iterator[Case]:
    """Yield archives and forms."""
    place = f"{FLOWS}/import"
    yield post("archive that leads out", place, archive(("../a.yml", b"id: a")), FORM)
    bomb = archive(("a.yml", bytes(20 << 20)))
    yield post("archive: a bomb", place, bomb, FORM)
    yield post("archive: 5,000 broken flows", place, archive(*many_files(5_000)), FORM)
    yield post("archive: cut", place, bomb[:300] + b"\r\n--x--\r\n", FORM)
    start = f"{EXECUTIONS}/bench/form"
    yield post("form without names", start, b"--x\r\nContent-Disposition: y\r\n\r\nv", FORM)
    header = b"--x\r\n" + b"A: b\r\n" * 100_000 + b"\r\nv\r\n--x--\r\n"
    yield post("form of 100,000 headers", start, header, FORM)
    one = b'--x\r\nContent-Disposition: form-data; name="day"\r\n\r\nv\r\n'
    yield post("form of 5,000 parts", start, one * 5_000 + b"--x--\r\n", FORM)
    yield post("form: no date", start, part("day", b"tomorrow"), FORM)
    yield post("form: a date of 1 MB", start, part("day", b"9" * (1 << 20)), FORM)
    yield post("form: a file for no input", start, part("f", b"v", "nobody"), FORM)
    yield post("no form", start, "{}", JSON)


def many_files(count: int) -> list[tuple[str, bytes]]:
    """Return files of an archive that are no flows."""
    return [(f"{n}.yml", b"id: a\n") for n in range(count)]


def large() -> Iterator[Case]:
    """Yield bodies that announce 50 MB: the client waits for the answer before it sends them."""
    for path, kind in (
        (FLOWS, YAML),
        (f"{FLOWS}/validate", YAML),
        (f"{FLOWS}/bulk", YAML),
        (f"{EXECUTIONS}/restart/by-ids", JSON),
        (f"{EXECUTIONS}/webhook/bench/hook/right", JSON),
        ("/api/v1/dashboards", YAML),
    ):
        name = f"50 MB to {path.removeprefix('/api/v1/')}"
        yield Case(name, "POST", path, b"id: a", kind, announced=50 << 20)
    yield post("5 MB of JSON", f"{EXECUTIONS}/restart/by-ids", f"[{'0,' * (5 << 19)}0]", JSON)


def webhooks() -> Iterator[Case]:
    """Yield calls of webhooks."""
    base = f"{EXECUTIONS}/webhook/bench"
    for path in ("hook/wrong", "hook/RIGHT", "hook/right%00", "none/right"):
        yield post(f"webhook {path}", f"{base}/{path}", "{}", JSON)
    yield post("webhook: 9 MB with a wrong key", f"{base}/hook/wrong", bytes(9 << 20), JSON)


def filters() -> Iterator[Case]:
    """Yield searches."""
    for query in (
        "filters[nothing][EQUALS]=x",
        "filters[namespace][REGEX]=(",
        "filters[namespace][REGEX]=(((((a{1,255}){1,255}){1,255}){1,255})",
        "&".join(f"filters[or][{n}][q][EQUALS]=x" for n in range(501)),
        "filters" + "[or][0]" * 5_000 + "=x",
        "page=99999999999999999999",
        "size=1000000000",
        "sort=id;drop:asc",
        "startDate=2024-13-45T00:00:00Z",
        "labels=novalue",
        "q=%00",
    ):
        yield Case(f"search {query[:40]}", "GET", f"{EXECUTIONS}/search?{quote(query, '=&;%')}")


def backfills() -> Iterator[Case]:
    """Yield backfills of too many dates."""
    for trigger, start in (("week", 1001), ("minute", 1001), ("minute", 1990), ("none", 2024)):
        wanted = {"start": f"{start}-01-01T00:00:00Z", "end": "2025-01-01T00:00:00Z"}
        key = {"namespace": "bench", "flowId": "dated", "triggerId": trigger}
        body = json.dumps({**key, "backfill": wanted})
        place = "/api/v1/triggers/backfill/create"
        yield post(f"backfill of each {trigger} since {start}", place, body, JSON, "PUT")


def cases() -> list[Case]:
    """Return all requests."""
    documents = "---\nid: a\n" * 2_000
    found = [*names(), *(post(f"YAML: {name}", FLOWS, text) for name, text in yaml_sources())]
    found.append(post("YAML: 2,000 documents", f"{FLOWS}/bulk", documents))
    found.append(post("YAML: 20,000 documents", f"{FLOWS}/bulk", documents * 10))
    check = f"{FLOWS}/validate"
    for name, text in (
        ("2,000 documents", documents),
        ("20,000 tasks", f"tasks: [{'0,' * 20_000}]"),
    ):
        found.append(Case(f"check of {name}", "POST", check, text.encode(), YAML, is_check=True))
    for more in (json_bodies, uploads, large, webhooks, filters, backfills):
        found += more()
    return found


def ask(url: str, case: Case) -> tuple[int, str, float]:
    """Send a request; return status, message and the milliseconds until the answer was there."""
    connection = HTTPConnection(urlsplit(url).netloc, timeout=120)
    try:
        connection.connect()
        begun = time.perf_counter()
        connection.putrequest(case.method, case.path)
        if case.kind:
            connection.putheader("content-type", case.kind)
        length = len(case.body) if case.announced is None else case.announced
        connection.putheader("content-length", str(length))
        connection.endheaders(case.body)
        answer = connection.getresponse()
        text = answer.read().decode()
        taken = (time.perf_counter() - begun) * 1000
    finally:
        connection.close()
    try:
        told = json.loads(text)
    except ValueError:
        return answer.status, text, taken
    return answer.status, told["message"] if isinstance(told, dict) else text, taken


def cpu_ms(pid: int) -> float:
    """Return the milliseconds of CPU that all threads of a process have used."""
    threads = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(thread.read_text().split()[0]) for thread in threads) / 1_000_000


def measure(server: Server, times: int) -> list[Taken]:
    """Send every request some times; return what became of them, slowest last."""
    found = []
    for case in cases():
        taken = Taken(case)
        for _ in range(times):
            before = cpu_ms(server.process.pid)
            status, taken.message, wall = ask(str(server.client.base_url), case)
            taken.cpu_ms.append(cpu_ms(server.process.pid) - before)
            taken.wall_ms.append(wall)
            taken.statuses.add(status)
        found.append(taken)
    return sorted(found, key=lambda taken: statistics.median(taken.wall_ms))


def stored(server: Server) -> list[int]:
    """Return how many flows, executions and keys there are."""
    found = []
    for path in ("flows/search", "executions/search", "triggers/search", "kv"):
        answer = server.client.get(f"/api/v1/{path}", params={"size": 1})
        answer.raise_for_status()
        found.append(int(answer.json()["total"]))
    return found


def main() -> int:
    """Measure and print; return 1 when something was not refused, or was stored."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--times", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:
        server = Server.start(Path(place) / "data")
        try:
            for source in SETUP:
                server.save(source)
            before = stored(server)
            found = measure(server, options.times)
            is_kept = stored(server) == before
        finally:
            server.stop()
    for taken in found:
        wall, cpu = statistics.median(taken.wall_ms), statistics.median(taken.cpu_ms)
        mark = " " if taken.is_refused else "!"
        status = "/".join(map(str, sorted(taken.statuses)))
        shown = " ".join(taken.message.split())[:70]
        print(f"{mark} {wall:7.1f} ms {cpu:7.1f} ms CPU  {status}  {taken.case.name:<44} {shown}")
    late = sum(statistics.median(taken.wall_ms) > GOAL_MS for taken in found)
    wrong = sum(not taken.is_refused for taken in found)
    what = "nothing was stored" if is_kept else "SOMETHING WAS STORED"
    print(f"{len(found)} requests: {late} over {GOAL_MS} ms, {wrong} not refused, {what}")
    return int(bool(wrong) or not is_kept)


if __name__ == "__main__":
    sys.exit(main())
