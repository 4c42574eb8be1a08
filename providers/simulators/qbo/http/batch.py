"""Batches: up to 30 operations in one request, each with an outcome of its own.

Source: Intuit "Batch" reference page, as of 2026.
"""

from collections.abc import Mapping
from typing import Any

from providers.simulators.qbo.books.company import CompanyBooks
from providers.simulators.qbo.entities.catalogue import ENTITIES
from providers.simulators.qbo.entities.unoffered import unoffered_entity
from providers.simulators.qbo.http.operations import write_object
from providers.simulators.qbo.query.listing import answer_query
from providers.simulators.qbo.state import QboState
from providers.simulators.qbo.wire import errors
from providers.simulators.qbo.wire.errors import QboRefused
from providers.simulators.qbo.wire.fault_bodies import service_fault

LARGEST = 30
ITEM_KEYS = frozenset({"bId", "operation", "optionsData", "Query"})
# By the schema a batch may ask for these as well, and the official Java client does.
UNOFFERED_KEYS = frozenset({"CDCQuery", "ReportQuery"})


def answer_batch(
    state: QboState, company: CompanyBooks, raw: Mapping[str, Any]
) -> dict[str, Any]:
    """Run every item and return ``BatchItemResponse``; a refused item stops no other.

    Raises:
        QboRefused: the whole batch: 1040 for too many items, 2010 for an unknown entity, 2000
            for what is no list of objects.
    """
    items = raw.get("BatchItemRequest") or []
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise errors.malformed("BatchItemRequest is no list of objects")
    if len(items) > LARGEST:
        raise errors.too_many_items(LARGEST)
    for item in items:
        _check_item(item)
    return {"BatchItemResponse": [_answer_item(state, company, item) for item in items]}


def _check_item(item: Mapping[str, Any]) -> None:
    for key in item:
        if key not in ITEM_KEYS | ENTITIES.keys() and not _unoffered(key):
            raise errors.unknown_property(key)


def _unoffered(key: str) -> str | None:
    """Return what a key of an item asks for, if QuickBooks has it and no one here."""
    return f"{key} in a batch" if key in UNOFFERED_KEYS else unoffered_entity(key)


def _answer_item(
    state: QboState, company: CompanyBooks, item: Mapping[str, Any]
) -> dict[str, Any]:
    try:
        content = _run_item(state, company, item)
    except QboRefused as refused:
        content = service_fault(refused)
    return {"bId": item.get("bId", ""), **content}


def _run_item(
    state: QboState, company: CompanyBooks, item: Mapping[str, Any]
) -> dict[str, Any]:
    if "Query" in item:
        return {"QueryResponse": answer_query(company, str(item["Query"]))}
    name = next((key for key in item if key in ENTITIES), None)
    unoffered = next(filter(None, map(_unoffered, item)), None)
    if unoffered is not None:
        raise errors.not_offered(unoffered)
    if name is None:
        raise errors.missing("Entity")
    if not isinstance(item[name], dict):
        raise errors.malformed(f"{name} is no object")
    options = frozenset(str(item.get("optionsData", "")).split(","))
    operation = item.get("operation")
    return write_object(
        state, company, ENTITIES[name], item[name], operation=operation, includes=options
    )
