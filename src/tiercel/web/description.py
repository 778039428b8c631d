"""The OpenAPI document: what FastAPI knows of the routes, and what is sent and answered.

Routes read bodies and write answers themselves, so their forms are told here: the first rule whose
pattern fits method and path gives the example.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tiercel.web import examples as ex
from tiercel.web.parameter_texts import told
from tiercel.web.parameters import parameters_of

JSON, YAML, TEXT, FORM = (
    *("application/json", "application/x-yaml", "text/plain", "multipart/form-data"),
)
CSV, STREAM, BYTES, HTML = (
    *("text/csv", "text/event-stream", "application/octet-stream", "text/html"),
)
_NOTHING = ("", None)
_COUNT = (JSON, {"count": 3})
_IDS = (JSON, [ex.ID])
_FLOW_IDS = (JSON, [ex.FLOW_ID])
_LABELS = (JSON, [{"key": "team", "value": "finance"}])
_CHART = {"startDate": ex.MOMENT, "endDate": "2024-12-21T01:00:00Z"}
_LOG_TYPE = "io.kestra.plugin.core.log.Log"
_ICON = {"name": "Log", "icon": "PHN2Zy8+", "flowable": False}
_REPLACE = {"q": "old-server", "replacement": "new-server", "namespace": "company.team"}
Rule = tuple[str, tuple[str, Any]]

BODIES: tuple[Rule, ...] = (
    (r"POST .*/stats/executions/latest/group-by-flow", (JSON, {"flows": [ex.FLOW_ID]})),
    (r"POST .*/stats/.*", (JSON, ex.WINDOW)),
    (r"POST .*/dashboards/validate/chart", (YAML, ex.CHART_SOURCE)),
    (r"(POST|PUT) .*/templates(/validate|/\{namespace\}.*)?", (YAML, ex.TEMPLATE_SOURCE)),
    (r"POST .*/actions/eval.*|POST .*/eval(/.*)?", (TEXT, "{{ inputs.day }}")),
    (r"POST .*/(restart|replay|pause|unqueue|force-run|change-status)", _NOTHING),
    (r"POST .*/resume-from-breakpoint", _NOTHING),
    (r"POST .*/executions/\{execution_id\}/(actions/)?labels", _LABELS),
    (r"POST .*/state", (JSON, {"taskRunId": "5fWq", "state": "SUCCESS"})),
    (r"POST .*/executions/labels/by-ids", (JSON, {"executionsId": [ex.ID], "executionLabels": []})),
    (r"POST .*/executions/labels/by-query", _LABELS),
    (r".* .*/executions/(.*/)?by-ids", _IDS),
    (r".* .*/by-query.*", _NOTHING),
    (r"POST .*/executions/latest", _FLOW_IDS),
    (r"(POST|PUT) .*/executions/webhook/.*", (JSON, {"order": 7})),
    (r"POST .*/executions/.*", (FORM, {"day": "2024-12-20"})),
    (r"POST .*/flows/import|POST .*/templates/import", (FORM, {"fileUpload": "flows.zip"})),
    (r"POST .*/flows/source/replace/line", (JSON, {**_REPLACE, "id": "nightly_load", "line": 7})),
    (r"POST .*/flows/source/replace/.*", (JSON, _REPLACE)),
    (r".* .*/(flows|templates)/.*by-ids", _FLOW_IDS),
    (r"PATCH .*/flows/.*|POST .*/flows/validate/task", (JSON, ex.TASK)),
    (r"POST .*/flows/validate/trigger", (JSON, ex.SCHEDULE)),
    (r"(POST|PUT) .*/(flows|templates).*", (YAML, ex.SOURCE)),
    (r"POST .*/triggers/.*/(unlock|restart)", _NOTHING),
    (r"POST .*/triggers/set-disabled/by-triggers", (JSON, {"triggers": [ex.TRIGGER_ID]})),
    (r".* .*/triggers/.*/by-triggers", (JSON, [ex.TRIGGER_ID])),
    (r"POST .*/triggers/backfill/plan|PUT .*/triggers/backfill/create", (JSON, ex.BACKFILL)),
    (r"PUT .*/next-date", (JSON, {"nextExecutionDate": "2030-12-20T09:00:00Z"})),
    (r"PUT .*/triggers/set-disabled", (JSON, {**ex.TRIGGER_ID, "disabled": True})),
    (r"(POST|PUT) .*/triggers.*", (JSON, ex.TRIGGER_ID)),
    (r"POST .*/dashboards/charts/.*", (JSON, {"chart": ex.CHART_SOURCE, **_CHART})),
    (r"POST .*/dashboards/.*/charts/.*", (JSON, _CHART)),
    (r"(POST|PUT) .*/dashboards.*", (YAML, ex.DASHBOARD_SOURCE)),
    (r"PUT .*/kv/\{key\}", (JSON, 12)),
    (r"DELETE .*/kv", (JSON, {"keys": ["limit"]})),
    (r"PUT .*/secrets", (JSON, {"key": "DB_PASSWORD", "value": "s3cret", "tags": []})),
    (r"PATCH .*/secrets/.*", (JSON, {"description": "of the warehouse", "tags": []})),
    (r"POST .*/namespaces/autocomplete", (JSON, {"q": "comp"})),
    (r"POST .*/files", (FORM, {"fileContent": "print('hello')"})),
    (r"(POST|PUT) .*/files.*", _NOTHING),
    (r"PUT .*/concurrency-limit/.*", (JSON, {"running": 0})),
    (r"POST /loggers/.*", (JSON, {"configuredLevel": "DEBUG"})),
    (r"POST .*/(login|basicAuth)", (JSON, {"username": "ann@example.com", "password": "…"})),
    (r"POST .*/tokens", (JSON, {"name": "ci"})),
    (r"POST .*/logout", _NOTHING),
    (r"POST .*/data/.*/query.*", (JSON, {"sql": "SELECT 1"})),
)
"""What is sent, by method and path."""

ANSWERS: tuple[Rule, ...] = (
    (r"GET /openapi.json", (JSON, {"openapi": "3.1.0", "paths": {}})),
    (r"GET .*/usages.*", (JSON, ex.USAGE)),
    (r"GET /info", (JSON, {})),
    (r"GET .*/data", (JSON, {**ex.page({"id": "embedded"}), "limits": {"rows": 1000}})),
    (r"GET .*/data/.*", (JSON, ex.page({"schema": "public", "name": "orders"}))),
    (r"POST .*/data/.*/query", (JSON, {"columns": [{"name": "n"}], "rows": [[1]]})),
    (r"POST .*/stats/logs/daily", (JSON, [{"timestamp": ex.MOMENT, "counts": {"INFO": 12}}])),
    (r"GET .*/blueprints/community(/\{first\})?", (JSON, ex.page(ex.BLUEPRINT))),
    (r"GET .*/blueprints/community/\{first\}/\{second\}", (JSON, ex.BLUEPRINT)),
    (r"GET .*/blueprints/.*/\{part\}", ("application/yaml", ex.SOURCE)),
    (r"GET .*/plugins/icons/\{cls\}", (JSON, _ICON)),
    (r"GET .*/plugins/icons/groups", (JSON, {"io.kestra.plugin.core": _ICON})),
    (r"GET .*/plugins/icons", (JSON, {_LOG_TYPE: _ICON})),
    (r"GET .*/plugins/inputs", (JSON, [{"type": "STRING", "cls": "….StringInput"}])),
    (r"GET .*/plugins/schemas/.*", (JSON, {"$schema": "…", "$ref": "…", "definitions": {}})),
    (r"GET .*/plugins/properties/.*", (JSON, {"id": {"type": "string"}})),
    (r"GET .*/plugins/triggers", (JSON, [{"type": ex.SCHEDULE["type"], "name": "Schedule"}])),
    (r"GET .*/plugins/\{cls\}/versions", (JSON, {"type": _LOG_TYPE, "versions": ["latest"]})),
    (r"GET .*/default-dashboards", (JSON, {})),
    (r"POST .*/(dashboards/validate.*|flows/validate/.*)", (JSON, ex.CHECKED_PART)),
    (r"GET .*/flows/deprecated", (JSON, [{**ex.FLOW_ID, "deprecationPaths": ["tasks[1]"]}])),
    (r"GET .*/flows/source", (JSON, ex.page({"model": ex.FLOW, "fragments": ["[mark]id[/mark]"]}))),
    (r"GET .*/average-duration", (JSON, {"count": 5, "duration": "PT2.9S", "seconds": 2.9})),
    (r"GET .*/executions/.*/why", (JSON, {"reason": None})),
    (r"GET .*/outputs/tasks/\{execution_id\}", (JSON, [{"taskId": "say", "inline": True}])),
    (r"GET .*/outputs/tasks/\{execution_id\}/\{task_run_id\}", (JSON, {})),
    (r"GET .*/outputs/.*", (JSON, {"value": "2024-12-20"})),
    (r"GET .*/triggers/\{namespace\}/\{flow_id\}", (JSON, ex.page(ex.TRIGGER))),
    (r"GET .*/triggers/.*/why", (JSON, {"reasons": ["It is disabled."], "nextDates": []})),
    (r"GET .*/triggers/.*/backfills", (JSON, ex.page(ex.WRITTEN_BACKFILL))),
    (r"POST .*/triggers/backfill/plan", (JSON, {"total": 1, "dates": [ex.MOMENT]})),
    (r"GET .*/executions/namespaces/\{namespace\}/flows", (JSON, [ex.FLOW_TO_RUN])),
    (r"GET .*/executions/(.*/)?flows?(/.*)?", (JSON, ex.FLOW_TO_RUN)),
    (r"(GET|POST|PUT) .*/executions/webhook/.*", (JSON, ex.STARTED)),
    (r"POST .*/executions/(trigger/)?\{namespace\}/\{flow_id\}", (JSON, ex.STARTED)),
    (r"POST .*/executions/.*/replay(-with-inputs)?", (JSON, ex.STARTED)),
    (r"GET .*/templates/search", (JSON, ex.page(ex.TEMPLATE))),
    (r"POST .*/stats/.*latest/group-by-flow", (JSON, [ex.EXECUTION])),
    (r"POST .*/stats/summary", (JSON, {"flows": 12, "triggers": 5})),
    (r"POST .*/stats/.*group-by.*", (JSON, {"company.team": {}})),
    (r"POST .*/stats/.*slowest.*", (JSON, [{**ex.FLOW_KEY, "duration": {"avg": "PT2S"}}])),
    (r"POST .*/stats/.*", (JSON, [{"startDate": ex.MOMENT, "groupBy": "day"}])),
    (r"GET .*\.yml", ("application/yaml", {"openapi": "3.1.0"})),
    (r"GET .*/icon.svg", ("image/svg+xml", "<svg/>")),
    (r"GET .*/logs/.*/download", (TEXT, "2024-12-20T01:00:00Z INFO loaded\n")),
    (r"GET .*/logs/.*/pages", (JSON, ex.LOG_PAGES)),
    (r"GET .*/logs/.*/task-runs", (JSON, [ex.LOG_SHARE])),
    (r"GET .*/files/revisions", (JSON, [{"revision": 1}])),
    (r"GET .*/flows/.*/revisions", (JSON, [ex.FLOW_WITH_SOURCE])),
    (r"GET .*/flows/\{namespace\}", (JSON, [ex.FLOW])),
    (r"POST .*/(flows|templates)/(bulk|\{namespace\})", (JSON, [ex.FLOW_WITH_SOURCE])),
    (r"POST .*/(flows|templates)/import", (JSON, [])),
    (r"POST .*/hashes/by-ids", (JSON, [{**ex.FLOW_ID, "revision": 1, "hash": "9f86d081"}])),
    (r"POST .*/templates/validate", (JSON, [{**ex.CHECKED_PART, "flow": "greeting"}])),
    (r"GET .*/templates/distinct-namespaces", (JSON, ["company.team"])),
    (r"GET .*/metrics/(names|tasks)/.*", (JSON, ["rows"])),
    (r"GET .*/metrics/aggregates/.*", (JSON, {"groupBy": "day", "aggregations": []})),
    (r"GET /api/v1/kv", (JSON, ex.page(ex.ENTRY))),
    (r"GET .*/basicAuthValidationErrors", (JSON, [])),
    (r"GET .*/tokens", (JSON, [{"name": "ci", "created": ex.MOMENT}])),
    (r"POST .*/tokens", (JSON, {"name": "ci", "token": "…"})),
    (r".* .*/csv|.* .*/to-csv|POST .*/export", (CSV, "namespace,id\ncompany.team,nightly_load\n")),
    (r"GET .*/follow.*", (STREAM, "id: progress\ndata: {}\n\n")),
    (r"GET .*/(file|download|files|export|by-ids|icon.svg)", (BYTES, "…")),
    (r".* .*/export/.*", (BYTES, "…")),
    (r"GET .*/file/metas", (JSON, {"size": 1234})),
    (r"GET .*/file/preview", (JSON, {"extension": "csv", "type": "TEXT", "content": "a,b"})),
    (r".* .*/(by-ids|by-query|by-triggers)", _COUNT),
    (r"POST .*/eval.*", (JSON, {"result": "2024-12-20"})),
    (r".* .*/graph", (JSON, ex.GRAPH)),
    (r"GET .*/dependencies", (JSON, ex.TOPOLOGY)),
    (r"DELETE .*/executions/\{execution_id\}(/actions)?/kill", _NOTHING),
    (r"POST .*/executions/.*/validate", (JSON, {"id": "nightly_load", "inputs": []})),
    (r"GET .*/executions(/search)?", (JSON, ex.page(ex.EXECUTION))),
    (r"POST .*/executions/latest", (JSON, [{"id": ex.ID, "status": "SUCCESS"}])),
    (r"GET .*/executions/(namespaces|distinct-field-values)", (JSON, ["company.team"])),
    (r".* .*/executions.*", (JSON, ex.EXECUTION)),
    (r".* .*/flows/validate", (JSON, [ex.CHECKED])),
    (r"POST .*/flows/expressions", (JSON, ["flow.id", "inputs.day"])),
    (r".* .*/(flows|templates)/validate.*", (JSON, ex.CHECKED)),
    (r"GET .*/flows/distinct-namespaces", (JSON, ["company.team"])),
    (r"GET .*/flows/search", (JSON, ex.page(ex.FLOW))),
    (r"GET .*/flows/.*/tasks/.*", (JSON, ex.TASK)),
    (
        r"POST .*/flows/source/replace/preview",
        (JSON, {"results": [{**ex.FLOW_ID, "matches": []}], "total": 1}),
    ),
    (r"POST .*/flows/source/replace/apply", _COUNT),
    (r"GET .*/flows/\{namespace\}/\{flow_id\}", (JSON, ex.FLOW)),
    (r"(POST|PUT|GET|PATCH) .*/flows.*", (JSON, ex.FLOW_WITH_SOURCE)),
    (r"GET .*/triggers/search", (JSON, ex.page(ex.FOUND_TRIGGER))),
    (r"(POST|PUT|GET) .*/triggers.*", (JSON, ex.TRIGGER)),
    (r"GET .*/logs/search", (JSON, ex.page(ex.LOG))),
    (r"GET .*/logs/.*", (JSON, [ex.LOG])),
    (r"GET /api/v1/metrics/.*", (JSON, ex.page(ex.METRIC))),
    (r"GET .*/kv/\{key\}", (JSON, {"type": "NUMBER", "value": 12, "revision": 1})),
    (r"DELETE .*/kv/\{key\}", (JSON, True)),
    (r"DELETE .*/kv", (JSON, {"keys": ["limit"]})),
    (r"PUT .*/kv/.*", _NOTHING),
    (r"GET .*/kv.*", (JSON, [ex.ENTRY])),
    (r"GET .*/inherited-secrets", (JSON, {"company": ["DB_PASSWORD"]})),
    (r"DELETE .*/secrets/.*", (JSON, ["DB_PASSWORD"])),
    (r"GET .*/secrets", (JSON, {"readOnly": False, **ex.page(ex.SECRET)})),
    (r".* .*/secrets.*", (JSON, [ex.SECRET])),
    (r"GET .*/files/search", (JSON, ["/scripts/main.py"])),
    (r"GET .*/files/stats", (JSON, ex.FILE)),
    (r"GET .*/files/directory", (JSON, [ex.FILE])),
    (r"(POST|PUT|DELETE) .*/files.*", _NOTHING),
    (r"GET .*/namespaces/search", (JSON, ex.page({"id": "company", "deleted": False}))),
    (r".* .*/namespaces/autocomplete", (JSON, ["company", "company.team"])),
    (r"GET .*/namespaces/.*", (JSON, {"id": "company.team", "deleted": False})),
    (r"POST .*/charts/.*", (JSON, ex.page({"state": "SUCCESS", "total": 4}))),
    (r"GET .*/dashboards", (JSON, ex.page(ex.DASHBOARD))),
    (r"(GET|POST|PUT) .*/dashboards.*", (JSON, ex.DASHBOARD)),
    (r"DELETE .*", _NOTHING),
    (r"GET /health.*", (JSON, {"name": "tiercel", "status": "UP", "details": {}})),
    (r"GET .*/configs/login", (JSON, {"isBasicAuthEnabled": True, "edition": "OSS"})),
    (r"GET .*/configs.*", (JSON, {"version": "0.1.0", "isBasicAuthEnabled": True})),
    (r"GET /(info|version)", (JSON, {"version": "0.1.0"})),
    (r"GET /metrics", (JSON, {"names": ["tiercel_flows"]})),
    (r"GET /metrics/.*", (JSON, {"name": "tiercel_flows", "measurements": []})),
    (r"GET /loggers/.*", (JSON, {"configuredLevel": "INFO", "effectiveLevel": "INFO"})),
    (r"GET /loggers", (JSON, {"levels": ["INFO"], "loggers": {}})),
    (r"GET .*/services", (JSON, {**ex.page(ex.PROCESS), "problems": []})),
    (r"GET /env", (JSON, {"propertySources": []})),
    (r"GET /worker", (JSON, {"runningCount": 0, "runnings": []})),
    (r"GET /scheduler", (JSON, {"schedulableCount": 0, "schedulable": []})),
    (r"GET .*/concurrency-limit/.*", (JSON, ex.page({**ex.FLOW_KEY, "running": 1}))),
    (r"PUT .*/concurrency-limit/.*", (JSON, {**ex.FLOW_KEY, "running": 0})),
    (r"GET .*/blueprints/.*/tags", (JSON, [{"id": "1", "name": "Getting Started"}])),
    (r"GET .*/pebble/.*", (JSON, ["upper"])),
    (r"GET .*/plugins", (JSON, [{"name": "core", "tasks": []}])),
    (r"GET .*/plugins/groups/subgroups", (JSON, [{"name": "core"}])),
    (r"GET .*/plugins/.*", (JSON, {"markdown": "…", "schema": {}})),
    (r"(GET|POST|PUT) .*/templates.*", (JSON, ex.TEMPLATE)),
    (r"GET .*/(source|flow)", (YAML, ex.SOURCE)),
    (r"GET /(ping|prometheus)", (TEXT, "pong")),
    (r"GET (/|/api|/ui.*)", (HTML, "<!doctype html>")),
    (r"POST .*/(login|logout|basicAuth)|POST /loggers/.*", _NOTHING),
    (r".*", (JSON, {})),
)
"""What is answered, by method and path."""

_NAMES = re.compile(r"\{(\w+)\}")


def describe(generated: Mapping[str, Any]) -> dict[str, Any]:
    """Return the document of the API, complete.

    Args:
        generated: What FastAPI makes of its routes.
    """
    paths = {
        path: {
            method: _operation(method.upper(), path, operation)
            for method, operation in operations.items()
        }
        for path, operations in generated["paths"].items()
    }
    return {
        **generated,
        "info": {
            **generated["info"],
            "description": "The API of a Tiercel server; see docs/api.md."
            " Every path below `/api/v1` is served below `/api/v1/main` too.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": {**_schemas(generated), "Error": _error_schema()},
            "securitySchemes": {
                "basic": {"type": "http", "scheme": "basic"},
                "token": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": "tiercel_session"},
            },
        },
        "security": [{}, {"basic": []}, {"token": []}, {"session": []}],
    }


def example_of(rules: tuple[Rule, ...], method: str, path: str) -> tuple[str, Any]:
    """Return content type and example of the first rule that fits; empty when there is none."""
    place = f"{method} {path}"
    return next((found for pattern, found in rules if re.fullmatch(pattern, place)), _NOTHING)


def _operation(method: str, path: str, given: Mapping[str, Any]) -> dict[str, Any]:
    operation = {key: value for key, value in given.items() if key != "responses"}
    parameters = list(_parameters(method, path, operation))
    if parameters:
        operation["parameters"] = parameters
    kind, example = example_of(BODIES, method, path) if method != "GET" else _NOTHING
    if kind:
        operation["requestBody"] = {"content": {kind: _content(kind, example)}}
    status = next((code for code in given["responses"] if code.startswith("2")), "200")
    kind, example = example_of(ANSWERS, method, path)
    success: dict[str, Any] = {"description": "Done."}
    if kind and status != "204":
        success["content"] = {kind: _content(kind, example)}
    operation["responses"] = {status: success, "4XX": _refusal()}
    return operation


def _parameters(method: str, path: str, given: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield what the signature declares, then what the route reads by itself."""
    declared = [dict(item) for item in given.get("parameters", ())]
    known = {(item["in"], item["name"]) for item in declared}
    names = _NAMES.findall(path)
    known |= {("query", name) for name in names}
    more = [*map(_path_parameter, names), *parameters_of(method, path)]
    for item in (*declared, *(item for item in more if (item["in"], item["name"]) not in known)):
        yield item if "example" in item else told(path, item)


def _path_parameter(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def _content(kind: str, example: Any) -> dict[str, Any]:
    if kind == FORM:
        return {"schema": {"type": "object"}, "example": example}
    if kind != JSON and isinstance(example, str):
        return {"schema": {"type": "string"}, "example": example}
    names = {dict: "object", list: "array", bool: "boolean", int: "integer", str: "string"}
    schema: dict[str, Any] = {"type": names[type(example)]}
    if schema["type"] == "array":
        schema["items"] = {"type": names[type(example[0])]} if example else {}
    if kind == JSON and isinstance(example, int) and not isinstance(example, bool):
        schema = {}  # a value of any type
    return {"schema": schema, "example": example}


def _refusal() -> dict[str, Any]:
    reference = {"$ref": "#/components/schemas/Error"}
    return {
        "description": "Refused, with the reason.",
        "content": {JSON: {"schema": reference, "example": ex.ERROR}},
    }


def _schemas(generated: Mapping[str, Any]) -> dict[str, Any]:
    """Return what parameters refer to; refusals have a form of ours, not FastAPI's."""
    schemas = generated.get("components", {}).get("schemas", {})
    return {name: found for name, found in schemas.items() if "ValidationError" not in name}


def _error_schema() -> dict[str, Any]:
    text = {"type": ["string", "null"]}
    return {
        "type": "object",
        "required": ["message"],
        "properties": {
            "message": {"type": "string", "description": "A reason, a colon and the detail."},
            "logref": text,
            "path": text,
            "hint": {"type": "string", "description": "How to mend it."},
            "_links": {"type": "object"},
            "_embedded": {"type": "object", "description": "`errors`: each with its path."},
        },
    }
