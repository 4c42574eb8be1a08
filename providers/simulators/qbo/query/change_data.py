"""Change data: what changed and what was deleted since a moment, cut without notice.

Source: Intuit "Change data capture" page, as of 2026.
"""

from datetime import datetime, timedelta
from typing import Any

from providers.simulators.qbo.books import render
from providers.simulators.qbo.books.company import CompanyBooks
from providers.simulators.qbo.entities.catalogue import ENTITIES
from providers.simulators.qbo.entities.kinds import Entity
from providers.simulators.qbo.entities.unoffered import unoffered_entity
from providers.simulators.qbo.wire import errors
from providers.simulators.qbo.wire.dates import read_time


def answer_changes(company: CompanyBooks, names: str, changed_since: str) -> dict[str, Any]:
    """Return the content of ``CDCResponse``.

    Args:
        names: Entity names, separated by commas.
        changed_since: A time; without an offset it is the server's, Pacific.

    Raises:
        QboRefused: 2020 without names or time; 2060 for no time; 500 for an entity without
            change data; a fault by switch for a time too long ago.
    """
    since = _since(company, changed_since)
    entities = [_tracked(name.strip()) for name in names.split(",") if name.strip()]
    if not entities:
        raise errors.missing("entities")
    left = company.switches.cdc_limit
    responses: list[dict[str, Any]] = []
    for entity in entities:
        # The limit is of the whole answer, and nothing in it shows that it was met.
        rows = _changes(company, entity, since)[:left] if entity else []
        left -= len(rows)
        responses.append(_response(entity, rows) if entity else {})
    return {"CDCResponse": [{"QueryResponse": responses}]}


def _since(company: CompanyBooks, text: str) -> datetime:
    if not text:
        raise errors.missing("changedSince")
    try:
        since = read_time(text)
    except ValueError as exc:
        raise errors.bad_date("changedSince", text) from exc
    oldest = company.moment() - timedelta(days=company.switches.cdc_max_age_days)
    if since < oldest:
        if company.switches.cdc_too_old_code == "2060":
            raise errors.bad_date("changedSince", text)
        raise errors.business(
            f"changedSince may lie at most {company.switches.cdc_max_age_days} days back."
        )
    return since


def _tracked(name: str) -> Entity | None:
    """Return the entity; None for one that QuickBooks tracks and the simulator has not."""
    entity = ENTITIES.get(name)
    if entity is None and unoffered_entity(name):
        return None
    if entity is None or not entity.tracked:
        raise errors.unsupported_operation(f"Change data capture of {name}")
    return entity


def _changes(company: CompanyBooks, entity: Entity, since: datetime) -> list[dict[str, Any]]:
    table = company.table(entity.name)
    live = (render.full(company, record) for record in table.changed_since(since))
    gone = (
        render.tombstone(record_id, at)
        for record_id, at in table.deleted.items()
        if at >= since
    )
    return [*live, *gone]


def _response(entity: Entity, rows: list[dict[str, Any]]) -> dict[str, Any]:
    if not rows:
        return {}
    return {
        entity.name: rows,
        "startPosition": 1,
        "maxResults": len(rows),
        "totalCount": len(rows),
    }
