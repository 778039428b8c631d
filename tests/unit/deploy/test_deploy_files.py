"""What is deployed: compose file, chart, image. Every setting and option in them exists."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from helm_text import Chart

from tiercel.bus.permissions import configuration
from tiercel.cli.demo import DATABASE, ROLE
from tiercel.cli.settings import SERVER_GRACE_SECONDS
from tiercel.config.keys import key_of_variable
from tiercel.config.values import to_duration

FOLDER = Path(__file__).parents[3] / "deploy"
CHART = FOLDER / "helm" / "tiercel"
HELP = (FOLDER.parent / "docs" / "cli.md").read_text()


def compose() -> dict[str, Any]:
    return dict(yaml.safe_load((FOLDER / "compose.yaml").read_text()))


def rendered(**more: Any) -> list[dict[str, Any]]:
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    for name, change in more.items():
        values[name] = {**values[name], **change} if isinstance(change, dict) else change
    meta = yaml.safe_load((CHART / "Chart.yaml").read_text())
    about = {"AppVersion": meta["appVersion"]}
    chart = Chart({"Values": values, "Release": {"Name": "here"}, "Chart": about})
    chart.define((CHART / "templates" / "_helpers.tpl").read_text())
    found: list[dict[str, Any]] = []
    for path in sorted((CHART / "templates").glob("*.yaml")):
        documents = yaml.safe_load_all(chart.render(path.read_text()))
        found += [document for document in documents if document is not None]
    return found


def of_kind(kind: str, **more: Any) -> dict[str, dict[str, Any]]:
    items = [item for item in rendered(**more) if item["kind"] == kind]
    return {item["metadata"]["name"]: item for item in items}


def containers() -> Iterator[dict[str, Any]]:
    for item in of_kind("Deployment").values():
        yield from item["spec"]["template"]["spec"]["containers"]


def check_command(words: list[str]) -> None:
    """Check that a command and its options are in the manual."""
    section = HELP.split(f"### server {words[1]}", 1)[1].split("\n### ", 1)[0]
    for word in words[2:]:
        if word.startswith("--"):
            assert f"`{word}" in section or f"{word} " in section, f"{words}: {word}"


def settings_of(names: Iterator[str]) -> set[str]:
    return {name for name in names if key_of_variable(name) is None}


def test_the_ports_are_those_of_the_article() -> None:
    services = compose()["services"]
    assert services["tiercel"]["ports"] == ["8081:8080"]
    assert services["pgadmin"]["ports"] == ["127.0.0.1:8080:80"]
    database = services["postgres"]["networks"]
    assert database == {"default": {"aliases": ["host.docker.internal"]}}


def test_pgadmin_knows_the_server() -> None:
    known = json.loads((FOLDER / "pgadmin" / "servers.json").read_text())["Servers"]["1"]
    database = compose()["services"]["postgres"]["environment"]
    assert known["Host"] in compose()["services"]
    assert known["MaintenanceDB"] == database["POSTGRES_DB"]
    assert known["Username"] == database["POSTGRES_USER"]


def test_the_database_of_the_article_is_made() -> None:
    made = (FOLDER / "postgres" / "zoomcamp.sql").read_text()
    assert f"CREATE ROLE {ROLE} LOGIN PASSWORD" in made
    assert f'CREATE DATABASE "{DATABASE}" OWNER {ROLE}' in made


def test_files_and_volumes_of_the_compose_file_exist() -> None:
    found = compose()
    for service in found["services"].values():
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            assert source in found["volumes"] or (FOLDER / source).is_file(), source
        for name in service.get("depends_on", {}):
            assert "healthcheck" in found["services"][name]


def test_the_compose_file_uses_settings_and_options_that_exist() -> None:
    service = compose()["services"]["tiercel"]
    assert settings_of(iter(service["environment"])) == set()
    check_command(service["command"])


def test_the_bus_gives_each_group_its_rights_and_no_more() -> None:
    text = (FOLDER / "nats.conf").read_text()
    assert text.endswith(configuration(["default"]))
    wanted = set(re.findall(r"\$(TIERCEL_\w+)", text))
    assert wanted == set(compose()["services"]["nats"]["environment"])


def test_the_image_runs_as_a_user_and_starts_a_command_that_exists() -> None:
    lines = (FOLDER / "Dockerfile").read_text()
    final = lines.rsplit("\nFROM ", 1)[1]
    assert "\nUSER tiercel\n" in final
    dependencies, own = re.findall(r"pip install (.+)$", final, re.M)
    assert "wanted.txt -c" in dependencies
    assert "--no-deps" in own
    command = json.loads(re.findall(r"^CMD (.+)$", final, re.M)[0])
    check_command(command)
    names = re.findall(r"\b((?:TIERCEL|KESTRA)_\w+)=", final)
    assert settings_of(iter(names)) == set()


def test_the_chart_gives_a_deployment_of_each_role_with_a_budget() -> None:
    roles = {"webserver", "executor", "scheduler", "indexer", "worker-default"}
    names = {f"tiercel-{role}" for role in roles}
    assert set(of_kind("Deployment")) == names
    assert set(of_kind("PodDisruptionBudget")) == names


def test_selectors_find_their_pods() -> None:
    deployments = of_kind("Deployment")
    for name, item in deployments.items():
        labels = item["spec"]["template"]["metadata"]["labels"]
        wanted = item["spec"]["selector"]["matchLabels"]
        assert wanted.items() <= labels.items()
        assert of_kind("PodDisruptionBudget")[name]["spec"]["selector"]["matchLabels"] == wanted
    selector = of_kind("Service")["tiercel"]["spec"]["selector"]
    web = deployments["tiercel-webserver"]["spec"]["template"]["metadata"]["labels"]
    assert selector.items() <= web.items()


def test_every_container_is_probed_and_has_no_rights() -> None:
    for container in containers():
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            assert container[probe]["httpGet"]["path"].startswith("/health")
        assert container["securityContext"]["runAsNonRoot"] is True
        assert container["resources"]["limits"]["memory"]


def test_the_chart_uses_settings_and_options_that_exist() -> None:
    for container in containers():
        assert settings_of(item["name"] for item in container["env"]) == set()
        check_command([str(word) for word in container["args"]])


def test_every_mount_is_a_volume() -> None:
    for item in of_kind("Deployment").values():
        spec = item["spec"]["template"]["spec"]
        volumes = {volume["name"] for volume in spec["volumes"]}
        for container in spec["containers"]:
            assert {mount["name"] for mount in container["volumeMounts"]} == volumes


def test_credentials_are_files_of_secrets() -> None:
    workers = [
        {"group": "gpu", "credentials": "for-gpu", "replicas": 1, "threads": 1, "resources": {}}
    ]
    for name, item in of_kind("Deployment", serverCredentials="ours", workers=workers).items():
        spec = item["spec"]["template"]["spec"]
        [container] = spec["containers"]
        given = {entry["name"]: entry["value"] for entry in container["env"]}
        folders = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
        secrets = {entry["name"]: entry.get("secret") for entry in spec["volumes"]}
        assert folders.keys() == secrets.keys()
        assert given["TIERCEL_BUS_CREDENTIALS"].startswith(folders["credentials"])
        assert key_of_variable("TIERCEL_BUS_CREDENTIALS") is not None
        owner = "for-gpu" if name == "tiercel-worker-gpu" else "ours"
        assert secrets["credentials"] == {"secretName": owner, "defaultMode": 0o440}


def test_who_is_told_to_stop_gets_longer_than_its_tasks() -> None:
    for item in of_kind("Deployment").values():
        spec = item["spec"]["template"]["spec"]
        given = {entry["name"]: entry["value"] for entry in spec["containers"][0]["env"]}
        grace = to_duration(given["KESTRA_SERVER_TERMINATION_GRACE_PERIOD"])
        assert spec["terminationGracePeriodSeconds"] > grace.total_seconds()
    service = compose()["services"]["tiercel"]
    minutes, seconds = re.findall(r"\d+", service["stop_grace_period"])
    assert int(minutes) * 60 + int(seconds) > SERVER_GRACE_SECONDS


def test_the_numbers_that_workers_grow_with_are_told_without_a_login() -> None:
    webserver = of_kind("Deployment")["tiercel-webserver"]["spec"]["template"]
    told = webserver["metadata"]["annotations"]
    [container] = webserver["spec"]["containers"]
    given = {entry["name"]: entry["value"] for entry in container["env"]}
    ports = {entry["name"]: entry["containerPort"] for entry in container["ports"]}
    assert told["prometheus.io/port"] == given["ENDPOINTS_ALL_PORT"] == str(ports["metrics"])
    assert ports["metrics"] != ports["http"]
    [service] = of_kind("Service").values()
    assert [entry["targetPort"] for entry in service["spec"]["ports"]] == ["http"]


@pytest.mark.parametrize(("is_scaled", "replicas"), [(True, None), (False, 2)])
def test_a_scaler_alone_decides_how_many_workers_there_are(
    is_scaled: bool, replicas: int | None
) -> None:
    found = of_kind("Deployment", autoscaling={"enabled": is_scaled})
    assert found["tiercel-worker-default"]["spec"].get("replicas") == replicas


def test_workers_grow_with_the_jobs_that_wait() -> None:
    from tiercel.web import instance

    [scaler] = of_kind("HorizontalPodAutoscaler").values()
    assert scaler["spec"]["scaleTargetRef"]["name"] in of_kind("Deployment")
    metric = scaler["spec"]["metrics"][0]["external"]["metric"]
    counted = Path(instance.__file__).read_text()
    assert metric["name"].removeprefix("kestra_") in counted
    [(label, group)] = metric["selector"]["matchLabels"].items()
    assert f'"{label}"' in counted
    assert scaler["metadata"]["name"] == f"tiercel-worker-{group}"


@pytest.mark.parametrize(
    ("change", "kind", "count"),
    [
        ({"autoscaling": {"enabled": False}}, "HorizontalPodAutoscaler", 0),
        ({"ingress": {"enabled": True}}, "Ingress", 1),
        ({"storage": {"existingClaim": "mine"}}, "PersistentVolumeClaim", 0),
    ],
)
def test_parts_are_switched(change: dict[str, Any], kind: str, count: int) -> None:
    assert len(of_kind(kind, **change)) == count
