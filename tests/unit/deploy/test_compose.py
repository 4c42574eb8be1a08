"""The compose file and what it mounts: complete, consistent, and what Compose accepts.

`compose-spec.json` is the schema by which Compose itself checks a file, unchanged from
compose-go 2.9.1 (Apache License 2.0).
"""

import json
import re
from pathlib import Path
from typing import Any, Final

import jsonschema
import pytest
import yaml

_ROOT: Final = Path(__file__).parents[3]
_COMPOSE: Final[dict[str, Any]] = yaml.safe_load((_ROOT / "docker-compose.yml").read_text())
_SERVICES: Final[dict[str, dict[str, Any]]] = _COMPOSE["services"]
_ROLES: Final = {"api", "relay", "worker-intake", "worker-qbo", "worker-xero"}
_JOBS: Final = {"migrate", "topics"}
_SIMULATORS: Final = {"simulate-qbo", "simulate-xero"}
_RELEASE: Final = re.compile(r"[\w./-]+:v?\d+\.\d+[\w.-]*")

every_service = pytest.mark.parametrize("name", sorted(_SERVICES))


def test_compose_would_accept_the_file() -> None:
    schema = json.loads(Path(__file__).with_name("compose-spec.json").read_text())
    jsonschema.Draft7Validator(schema).validate(_COMPOSE)


def test_every_role_is_there() -> None:
    others = {"postgres", "kafka", "prometheus", "grafana"}
    assert set(_SERVICES) == _ROLES | _JOBS | _SIMULATORS | others


@every_service
def test_an_image_is_pinned_to_a_release(name: str) -> None:
    assert _RELEASE.fullmatch(_SERVICES[name]["image"])


@every_service
def test_a_service_has_a_health_check(name: str) -> None:
    kind, program, *arguments = _SERVICES[name]["healthcheck"]["test"]
    assert (kind, bool(program), bool(arguments)) == ("CMD", True, True)


@every_service
def test_a_service_waits_until_what_it_needs_is_ready(name: str) -> None:
    for needed, how in _SERVICES[name].get("depends_on", {}).items():
        ready = "service_completed_successfully" if needed in _JOBS else "service_healthy"
        assert how["condition"] == ready


@pytest.mark.parametrize("name", sorted(_ROLES))
def test_a_role_waits_for_database_broker_and_jobs(name: str) -> None:
    assert {"postgres", "kafka", *_JOBS} <= set(_SERVICES[name]["depends_on"])


@pytest.mark.parametrize("name", sorted(_JOBS))
def test_a_job_runs_once(name: str) -> None:
    assert _SERVICES[name]["restart"] == "no"


@every_service
def test_a_port_is_published_to_this_machine_only(name: str) -> None:
    assert all(port.startswith("127.0.0.1:") for port in _SERVICES[name].get("ports", []))


def test_what_is_mounted_from_the_repository_exists() -> None:
    mounts = [mount for one in _SERVICES.values() for mount in one.get("volumes", [])]
    folders = [mount.split(":")[0] for mount in mounts if mount.startswith("./")]
    assert folders
    assert [folder for folder in folders if not (_ROOT / folder).is_dir()] == []


def test_the_broker_is_the_one_that_is_embedded() -> None:
    version = _SERVICES["kafka"]["image"].split(":")[1]
    for pom in ("deploy/kafka/pom.xml", "tests/integration/producers/java/pom.xml"):
        assert f"<kafka.version>{version}</kafka.version>" in (_ROOT / pom).read_text()


def test_the_image_has_what_the_distribution_has() -> None:
    copied = re.findall(
        r"^COPY (\w+)/ ", (_ROOT / "deploy/Dockerfile").read_text(), re.MULTILINE
    )
    project = (_ROOT / "pyproject.toml").read_text()
    packages = re.search(r"^packages = \[(.*)\]", project, re.MULTILINE)
    assert packages is not None
    folders = {name.split("/")[0] for name in re.findall(r'"([\w/]+)"', packages[1])}
    assert set(copied) == folders | {"requirements"}


def test_prometheus_reads_every_role() -> None:
    scraped = yaml.safe_load((_ROOT / "deploy/prometheus/prometheus.yml").read_text())
    targets = [job["static_configs"][0]["targets"] for job in scraped["scrape_configs"]]
    assert {target.split(":")[0] for (target,) in targets} == _ROLES
