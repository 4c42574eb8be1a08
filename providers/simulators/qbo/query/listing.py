"""Answers to queries: candidates by index, conditions, order, page.

Rows without ORDERBY come in an order that is stable but not that of their ids.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from providers.simulators.qbo.books import render
from providers.simulators.qbo.books.company import CompanyBooks
from providers.simulators.qbo.books.table import EntityTable, Record
from providers.simulators.qbo.entities.catalogue import BY_PATH, ENTITIES
from providers.simulators.qbo.entities.kinds import Entity
from providers.simulators.qbo.entities.unoffered import unoffered_entity
from providers.simulators.qbo.query.conditions import test_of, value_of
from providers.simulators.qbo.query.language import (
    QueryCondition,
    QueryStatement,
    check_characters,
    parse,
)
from providers.simulators.qbo.wire import errors
from providers.simulators.qbo.wire.dates import read_time

LARGEST_PAGE = 1000
LAST_UPDATED = "metadata.lastupdatedtime"
STALE_FOR = timedelta(seconds=5)


def answer_query(company: CompanyBooks, text: str) -> dict[str, Any]:
    """Run a statement; return the content of ``QueryResponse``.

    Raises:
        QboRefused: 4000 for what can't be parsed, 4001 for what can't be asked.
    """
    if company.switches.query_typography == "refuse":
        check_characters(text)
    statement = parse(text)
    entity = _entity(statement.entity)
    _check_paging(company, statement)
    rows = _matching(company, entity, statement.conditions)
    if statement.counting:
        return {"totalCount": sum(1 for _ in rows)}
    ordered = _ordered(company, entity, list(rows), statement)
    first = max(statement.start, 1) - 1
    page = ordered[first : first + min(statement.limit, LARGEST_PAGE)]
    if not page:
        return {}
    response: dict[str, Any] = {
        entity.name: [_shown(company, record, statement.names) for record in page],
        "startPosition": first + 1,
        "maxResults": len(page),
    }
    if company.switches.query_total_count:
        response["totalCount"] = len(page)
    return response


def _entity(name: str) -> Entity:
    entity = ENTITIES.get(name) or BY_PATH.get(name.lower())
    if entity is None:
        if unoffered := unoffered_entity(name):
            raise errors.not_offered(f"queries of {unoffered}")
        raise errors.bad_query(f"entity '{name}' is not known")
    return entity


def _check_paging(company: CompanyBooks, statement: QueryStatement) -> None:
    zero_is_fault = company.switches.startposition_zero == "4001"
    if statement.start < (1 if zero_is_fault else 0):
        raise errors.bad_query(f"value {statement.start} is too small")
    if statement.limit < 1:
        raise errors.bad_query(f"value {statement.limit} is too small")


def _matching(
    company: CompanyBooks, entity: Entity, conditions: Iterable[QueryCondition]
) -> Iterable[Record]:
    conditions = list(conditions)
    # Names out of use are left out unless the query asks for them (documented: Data queries).
    if "Active" in entity.filterable and all(held.name != "Active" for held in conditions):
        conditions.append(QueryCondition("Active", "=", ("true",)))
    tests = [test_of(entity, condition) for condition in conditions]
    rows = _candidates(company.table(entity.name), conditions)
    return (record for record in rows if all(test(record) for test in tests))


def _candidates(table: EntityTable, conditions: Iterable[QueryCondition]) -> Iterable[Record]:
    """Return the fewest rows that an index offers for the conditions."""
    for condition in conditions:
        if condition.operator not in ("=", "IN"):
            continue
        if condition.name == "Id":
            found = (table.get(value) for value in dict.fromkeys(condition.values))
            return [record for record in found if record is not None]
        if table.indexes(condition.name):
            return {
                record.id: record
                for value in condition.values
                for record in table.find(condition.name, value)
            }.values()
    for condition in conditions:
        is_lower_bound = condition.operator in (">", ">=")
        if condition.name.lower() == LAST_UPDATED and is_lower_bound:
            return table.changed_since(read_time(condition.values[0]))
    return table


def _ordered(
    company: CompanyBooks, entity: Entity, rows: list[Record], statement: QueryStatement
) -> list[Record]:
    """Sort by the last key first; records without the value come first."""
    for order in reversed(statement.order):
        if order.name == "Id":
            if company.switches.order_by_id == "fault":
                raise errors.bad_query("property 'Id' is not sortable")
            continue
        value = value_of(entity, order.name)
        rows.sort(key=lambda record: _sortable(value(record)), reverse=order.descending)
    return rows


def _sortable(value: Any) -> tuple[bool, Any]:
    return (value is not None, value if value is not None else 0)


def _shown(company: CompanyBooks, record: Record, names: tuple[str, ...]) -> Mapping[str, Any]:
    shown = render.full(company, record)
    # Seen: for some seconds after a write, queries show the token from before it.
    if company.switches.stale_list_synctoken and _just_written(company, record):
        shown["SyncToken"] = str(record.sync_token - 1)
    if names and "*" not in names:
        wanted = {name.split(".")[0] for name in names} | {"domain", "sparse"}
        return {name: value for name, value in shown.items() if name in wanted}
    if render.QUERIED_BY_NAME not in names and record.entity.name == "Item":
        shown.pop(render.QUERIED_BY_NAME, None)
    return shown


def _just_written(company: CompanyBooks, record: Record) -> bool:
    return record.sync_token > 0 and company.moment() - record.updated_at < STALE_FOR
