"""Flows and executions that give every page something to show."""

from __future__ import annotations

import re
from dataclasses import dataclass

import httpx

YAML = {"content-type": "application/x-yaml"}
NAMESPACE = "company.team"

ORDERS = """
id: orders
namespace: company.team
description: Loads the orders of a day.
labels:
  team: sales
inputs:
  - id: region
    type: SELECT
    displayName: Which region?
    values: [north, south]
    defaults: north
  - id: rows
    type: INT
    min: 1
    max: 5000
    defaults: 3
  - id: note
    type: STRING
    required: false
tasks:
  - id: read
    type: io.kestra.plugin.core.debug.Return
    format: "{{ inputs.region }}"
  - id: choose
    type: io.kestra.plugin.core.flow.If
    condition: "{{ inputs.region == 'north' }}"
    then:
      - id: each
        type: io.kestra.plugin.core.flow.ForEach
        values: "{{ range(1, inputs.rows) }}"
        tasks:
          - id: load
            type: io.kestra.plugin.core.log.Log
            message: "row {{ taskrun.value }} of {{ inputs.region }}"
    else:
      - id: skip
        type: io.kestra.plugin.core.log.Log
        message: nothing to do
  - id: report
    type: io.kestra.plugin.scripts.python.Script
    taskRunner:
      type: io.kestra.plugin.core.runner.Process
    outputFiles: [report.csv]
    script: |
      import json
      open("report.csv", "w").write("region,total\\nnorth,12\\n")
      print("::" + json.dumps({"outputs": {"total": 12, "by": {"north": 12}}}) + "::")
triggers:
  - id: nightly
    type: io.kestra.plugin.core.trigger.Schedule
    cron: "0 1 * * *"
    inputs:
      region: south
"""

BROKEN = """
id: broken
namespace: company.team
tasks:
  - id: fetch
    type: io.kestra.plugin.scripts.shell.Commands
    taskRunner:
      type: io.kestra.plugin.core.runner.Process
    retry:
      type: constant
      interval: PT0.2S
      maxAttempts: 3
    commands:
      - echo "no such table" >&2
      - exit 3
errors:
  - id: tell
    type: io.kestra.plugin.core.log.Log
    level: ERROR
    message: the handler speaks last
"""

SLOW = """
id: slow
namespace: company.team
tasks:
  - id: wait
    type: io.kestra.plugin.scripts.shell.Commands
    taskRunner:
      type: io.kestra.plugin.core.runner.Process
    commands:
      - "for i in $(seq 1 600); do echo line $i; sleep 0.2; done"
"""

TALKATIVE = """
id: talkative
namespace: company.other
tasks:
  - id: talk
    type: io.kestra.plugin.scripts.shell.Commands
    taskRunner:
      type: io.kestra.plugin.core.runner.Process
    commands:
      - "seq -f 'line %.0f' 1 20000"
"""

ASK = """
id: ask
namespace: company.team
inputs:
  - id: who
    type: STRING
    defaults: ada
  - id: word
    type: SECRET
    defaults: hush
tasks:
  - id: wait
    type: io.kestra.plugin.core.flow.Pause
    onResume:
      - id: approved
        type: BOOLEAN
      - id: reason
        type: STRING
        description: Why it may go on, in **one** sentence.
      - id: paper
        type: FILE
        required: false
  - id: tell
    type: io.kestra.plugin.core.log.Log
    message: "{{ inputs.who }} may, as {{ outputs.wait.onResume.reason }}"
"""

PARENT = """
id: parent
namespace: company.team
tasks:
  - id: sub
    type: io.kestra.plugin.core.flow.Subflow
    namespace: company.team
    flowId: orders
    wait: true
"""

SLOW_PARENT = """
id: slow_parent
namespace: company.team
tasks:
  - id: sub
    type: io.kestra.plugin.core.flow.Subflow
    namespace: company.team
    flowId: slow
    wait: true
"""

ONE_AT_A_TIME = """
id: one_at_a_time
namespace: company.limits
concurrency:
  limit: 1
  behavior: QUEUE
tasks:
  - id: work
    type: io.kestra.plugin.scripts.shell.Commands
    taskRunner:
      type: io.kestra.plugin.core.runner.Process
    commands:
      - sleep 600
"""

STEPS = """
id: steps
namespace: company.team
tasks:
  - id: first
    type: io.kestra.plugin.core.debug.Return
    format: one
  - id: second
    type: io.kestra.plugin.core.debug.Return
    format: two
"""

EVERY_INPUT = """
id: every_input
namespace: company.inputs
inputs:
  - {id: text, type: STRING, defaults: some}
  - {id: whole, type: INT, min: 1, max: 9, defaults: 3}
  - {id: part, type: FLOAT, defaults: 0.5}
  - {id: truth, type: BOOLEAN, defaults: true}
  - {id: day, type: DATE, defaults: "2024-12-20"}
  - {id: instant, type: DATETIME, defaults: "2024-12-20T10:00:00Z"}
  - {id: clock, type: TIME, defaults: "10:30:00"}
  - {id: length, type: DURATION, defaults: PT90S}
  - {id: json, type: JSON, required: false}
  - {id: yaml, type: YAML, required: false}
  - {id: list, type: ARRAY, itemType: INT, required: false}
  - {id: several, type: MULTISELECT, values: [a, b, c], defaults: [a]}
  - {id: choice, type: SELECT, values: [plain, special], isRadio: true, defaults: plain}
  - id: why
    type: STRING
    displayName: What is special?
    dependsOn:
      inputs: [choice]
      condition: "{{ inputs.choice == 'special' }}"
  - {id: secret, type: SECRET, required: false}
  - {id: link, type: URI, required: false}
  - {id: mail, type: EMAIL, required: false}
  - {id: file, type: FILE, required: false}
tasks:
  - id: tell
    type: io.kestra.plugin.core.log.Log
    message: "{{ inputs }}"
"""

EVIL = "<img src=x onerror=window.owned=1>"
HOSTILE = f"""
id: hostile
namespace: company.evil
description: '{EVIL} [click](javascript:window.owned=1) <script>window.owned=1</script>'
labels:
  evil: '{EVIL}'
inputs:
  - id: text
    type: STRING
    displayName: '{EVIL}'
    description: '{EVIL}'
    defaults: '{EVIL}'
tasks:
  - id: say
    type: io.kestra.plugin.core.log.Log
    description: '{EVIL}'
    message: '{EVIL} {{{{ inputs.text }}}}'
  - id: give
    type: io.kestra.plugin.core.debug.Return
    format: '{EVIL}'
"""

FLOWS = (
    ORDERS,
    BROKEN,
    SLOW,
    TALKATIVE,
    HOSTILE,
    ASK,
    PARENT,
    SLOW_PARENT,
    ONE_AT_A_TIME,
    STEPS,
    EVERY_INPUT,
)


SEEDED = {
    (found["namespace"], found["id"])
    for source in FLOWS
    if (found := re.match(r"\s*id: (?P<id>\S+)\nnamespace: (?P<namespace>\S+)", source))
}
KEPT_FILES = {(NAMESPACE, "scripts")}
KEPT_KEYS = {(NAMESPACE, "colour")}
_ALL = {"size": 1000}
_UNDER_WAY = ("CREATED", "QUEUED", "RUNNING", "PAUSED", "RESTARTED", "RETRYING", "BREAKPOINT")
_OVER = ("SUCCESS", "WARNING", "FAILED", "KILLED", "CANCELLED", "SKIPPED", "RETRIED")


@dataclass(frozen=True)
class Seeded:
    """A server, and the executions that it begins with."""

    url: str
    executions: frozenset[str]


def start(client: httpx.Client, flow: str, *, wait: bool = True, **inputs: str) -> str:
    """Start a flow and return the id of the execution."""
    parts = {name: (None, value) for name, value in inputs.items()}
    reply = client.post(
        f"/api/v1/executions/{flow}", params={"wait": str(wait).lower()}, files=parts or None
    )
    assert reply.status_code == 200, reply.text
    found: str = reply.json()["id"]
    return found


def seed(client: httpx.Client) -> None:
    """Save the flows, a second revision of one, and run what ends by itself."""
    for source in FLOWS:
        reply = client.post("/api/v1/flows", content=source, headers=YAML)
        assert reply.status_code == 200, reply.text
    changed = ORDERS.replace("Loads the orders", "Reads the orders")
    client.put(f"/api/v1/flows/{NAMESPACE}/orders", content=changed, headers=YAML)
    for region in ("north", "south", "north"):
        start(client, f"{NAMESPACE}/orders", region=region)
    start(client, f"{NAMESPACE}/broken")
    start(client, f"{NAMESPACE}/parent")
    start(client, "company.other/talkative")
    start(client, "company.evil/hostile")
    client.put(f"/api/v1/namespaces/{NAMESPACE}/kv/colour", content='"green"')
    client.post(
        f"/api/v1/namespaces/{NAMESPACE}/files",
        params={"path": "/scripts/main.py"},
        files={"fileContent": ("main.py", b"print('hello')\n")},
    )


def executions_of(client: httpx.Client, **query: str | tuple[str, ...]) -> frozenset[str]:
    """Return the ids of all executions, or of those that a query finds."""
    return frozenset(found["id"] for found in _listed(client, "/api/v1/executions/search", **query))


def sweep(client: httpx.Client, kept: frozenset[str]) -> None:
    """Take away what tests have left behind, so that no other finds it in its lists.

    Args:
        kept: Executions that stay.
    """
    states = {"state": _UNDER_WAY}
    client.delete("/api/v1/executions/kill/by-query", params=states).raise_for_status()
    over = executions_of(client, state=_OVER) - kept
    if over:
        path = "/api/v1/executions/by-ids"
        client.request("DELETE", path, json=sorted(over)).raise_for_status()
    for found in _listed(client, "/api/v1/namespaces/search"):
        _sweep_files(client, found["id"])
    for key in _listed(client, "/api/v1/kv"):
        if (key["namespace"], key["key"]) not in KEPT_KEYS:
            client.delete(f"/api/v1/namespaces/{key['namespace']}/kv/{key['key']}")
    for secret in _listed(client, "/api/v1/secrets"):
        client.delete(f"/api/v1/namespaces/{secret['namespace']}/secrets/{secret['key']}")
    for dashboard in _listed(client, "/api/v1/dashboards"):
        client.delete(f"/api/v1/dashboards/{dashboard['id']}")
    for flow in _listed(client, "/api/v1/flows/search"):
        if (flow["namespace"], flow["id"]) not in SEEDED:
            path = f"/api/v1/flows/{flow['namespace']}/{flow['id']}"
            client.delete(path).raise_for_status()


def _listed(
    client: httpx.Client, path: str, **query: str | tuple[str, ...]
) -> list[dict[str, str]]:
    reply = client.get(path, params={**_ALL, **query}).raise_for_status()
    found: list[dict[str, str]] = reply.json()["results"]
    return found


def _sweep_files(client: httpx.Client, namespace: str) -> None:
    path = f"/api/v1/namespaces/{namespace}/files"
    for entry in client.get(f"{path}/directory").raise_for_status().json():
        if (namespace, entry["fileName"]) not in KEPT_FILES:
            client.delete(path, params={"path": f"/{entry['fileName']}"}).raise_for_status()
