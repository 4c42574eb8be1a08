"""The pages of docs/ that are made from code: settings, an example environment, metrics."""

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, fields
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from prometheus_client.metrics import MetricWrapperBase

import consumers.metrics
import gateway.metrics
import producers.metrics
import providers.metrics
from gateway.config.provider_settings import ProviderSettings
from gateway.config.settings import (
    PREFIX,
    LaneSettings,
    Settings,
    own_fields,
    provider_prefix,
)
from gateway.config.variables import default_text, variable_of
from gateway.config.vault_settings import VaultSettings
from providers.registry import PROVIDERS

METRICS: Final = (producers.metrics, consumers.metrics, providers.metrics, gateway.metrics)

_GENERATED: Final = "<!-- Made by `ledgerlane docs`; do not edit. -->"
_EXAMPLES: Final = {
    "DATABASE_URL": "postgresql://ledgerlane:ledgerlane@127.0.0.1:5432/ledgerlane",
    "KAFKA_BOOTSTRAP": "127.0.0.1:9092",
}


def pages() -> Mapping[Path, str]:
    """Return every page by its path from the repository's root."""
    return {
        Path("docs/settings.md"): settings_page(),
        Path("docs/metrics.md"): metrics_page(),
        Path(".env.example"): example_environment(),
    }


def settings_page() -> str:
    """Write the table of all settings."""
    lines = [
        _GENERATED,
        "",
        "# Settings",
        "",
        "Read from the environment once, at start. A setting that is missing or unusable ends",
        "the program with one line that names it. `.env.example` lists the same.",
        "",
        *_variables_table("Every role", PREFIX, own_fields()),
        *_variables_table(
            "Where tokens are sealed", Settings.VAULT_PREFIX, fields(VaultSettings)
        ),
        *_variables_table("Lanes of a worker", Settings.LANES_PREFIX, fields(LaneSettings)),
    ]
    for name, provider in PROVIDERS.items():
        lines += _variables_table(
            f"{provider.title}", provider_prefix(name), fields(ProviderSettings)
        )
    return "\n".join(lines).rstrip() + "\n"


def _variables_table(
    title: str, prefix: str, described: tuple[Field[Any], ...]
) -> Iterator[str]:
    yield from (f"## {title}", "", "| Variable | Meaning | Default |", "|---|---|---|")
    for one in described:
        yield f"| `{prefix}{variable_of(one).name}` | {_meaning(one)} | {_default(one)} |"
    yield ""


def _meaning(described: Field[Any]) -> str:
    found = variable_of(described)
    return f"{found.meaning} Secret." if found.secret else found.meaning


def _default(described: Field[Any]) -> str:
    if _required(described):
        return "required"
    default = default_text(described)
    return f"`{default}`" if default else "none"


def _required(described: Field[Any]) -> bool:
    return described.default is MISSING


def example_environment() -> str:
    """Write an environment to copy: what is required is set, the rest is commented out."""
    lines = [
        "# Made by `ledgerlane docs`. Copy to .env; docs/settings.md says the same as a table.",
        "",
        *_assignments(PREFIX, own_fields()),
        *_assignments(Settings.VAULT_PREFIX, fields(VaultSettings)),
        *_assignments(Settings.LANES_PREFIX, fields(LaneSettings)),
    ]
    for name in PROVIDERS:
        lines += _assignments(provider_prefix(name), fields(ProviderSettings))
    return "\n".join(lines).rstrip() + "\n"


def _assignments(prefix: str, described: tuple[Field[Any], ...]) -> Iterator[str]:
    for one in described:
        name = variable_of(one).name
        yield f"# {variable_of(one).meaning}"
        if _required(one):
            yield f"{prefix}{name}={_EXAMPLES[name]}"
        else:
            yield f"# {prefix}{name}={default_text(one)}"
        yield ""


def metrics_page() -> str:
    """Write the table of all metrics."""
    lines = [
        _GENERATED,
        "",
        "# Metrics",
        "",
        "Every role serves them at `/metrics`. Labels come from closed sets: never a tenant,",
        "a realm or an id.",
    ]
    for catalogue in METRICS:
        folder = catalogue.__name__.partition(".")[0]
        lines += ["", f"## {folder}/", "", "| Metric | Type | Labels | Meaning |"]
        lines += ["|---|---|---|---|", *sorted(_metric_rows(catalogue))]
    return "\n".join(lines) + "\n"


def _metric_rows(catalogue: ModuleType) -> Iterator[str]:
    for metric in metrics_of(catalogue):
        family = next(iter(metric.describe()))
        suffix = "_total" if family.type == "counter" else ""
        labels = ", ".join(f"`{label}`" for label in labels_of(metric)) or "none"
        yield f"| `{family.name}{suffix}` | {family.type} | {labels} | {family.documentation} |"


def metrics_of(catalogue: ModuleType) -> list[MetricWrapperBase]:
    """Return the metrics that a folder declares."""
    return [one for one in vars(catalogue).values() if isinstance(one, MetricWrapperBase)]


def labels_of(metric: MetricWrapperBase) -> tuple[str, ...]:
    """Return the names of the labels of a metric."""
    found: tuple[str, ...] = metric._labelnames  # the library tells them nowhere else
    return found
