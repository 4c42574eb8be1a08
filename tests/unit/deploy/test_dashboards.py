"""The dashboards ask for metrics that exist."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from prometheus_client import REGISTRY

import consumers.metrics
import gateway.metrics
import producers.metrics
import providers.metrics

_DASHBOARDS: Final = Path(__file__).parents[3] / "deploy/grafana/dashboards"
_CATALOGUES: Final = (consumers.metrics, gateway.metrics, producers.metrics, providers.metrics)
_SAMPLE: Final = re.compile(r"\bledgerlane_\w+")


def _queries() -> Iterator[str]:
    for file in sorted(_DASHBOARDS.glob("*.json")):
        dashboard: dict[str, Any] = json.loads(file.read_text())
        for panel in dashboard["panels"]:
            yield from (target["expr"] for target in panel["targets"])


def _declared() -> set[str]:
    suffixes = {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"]}
    return {
        f"{metric.name}{suffix}"
        for metric in REGISTRY.collect()
        for suffix in suffixes.get(metric.type, [""])
    }


@pytest.mark.parametrize("query", list(_queries()))
def test_every_query_is_about_metrics_that_are_declared(query: str) -> None:
    assert _CATALOGUES
    assert set(_SAMPLE.findall(query)) <= _declared()
