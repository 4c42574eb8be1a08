"""There is no bank in this project: no table, document or setting has anything of one."""

import re
from collections.abc import Iterator
from dataclasses import fields

import pytest

from consumers.store.tables import metadata as records
from gateway.config.provider_settings import ProviderSettings
from gateway.config.settings import LaneSettings, Settings
from gateway.runtime.audit import metadata as audit
from providers.tables import metadata as connections
from schemas.documents.catalogue import DOCUMENTS

OF_A_BANK = re.compile(
    r"bank|iban|\bbic\b|swift|sort_?code|routing_?(number|code)|card_?number|\bpan\b|plaid",
    re.IGNORECASE,
)


def names() -> Iterator[str]:
    """Yield every name under which something could be kept or asked for."""
    for metadata in (records, audit, connections):
        for table in metadata.tables.values():
            yield from (f"{table.name}.{column.name}" for column in table.columns)
    for model in DOCUMENTS.values():
        schema = model.model_json_schema()
        for one in (schema, *schema.get("$defs", {}).values()):
            yield from one.get("properties", {})
    for settings in (Settings, ProviderSettings, LaneSettings):
        yield from (field.name for field in fields(settings))


@pytest.mark.accepts("BNK-01")
def test_nothing_of_a_bank_is_kept_or_asked_for() -> None:
    found = list(names())
    assert len(found) > 100
    assert [name for name in found if OF_A_BANK.search(name)] == []
