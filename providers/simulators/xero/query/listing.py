"""Lists: which records, in which order, which page.

Source: Xero pages "Requests and Responses" and "Efficient data retrieval", read 2026-09.
"""

import uuid
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from providers.simulators.xero.books.table import Record, RecordTable, plain
from providers.simulators.xero.query.where import (
    FieldPaths,
    Operand,
    Where,
    at_path,
    parse_where,
)
from providers.simulators.xero.wire.dates import from_modified_since
from providers.simulators.xero.wire.errors import HighVolume, QueryParseError

_LARGEST_PAGE: Final = 1000
_DEFAULT_PAGE: Final = 100
_PAGING: Final = frozenset({"page", "pagesize"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRules:
    """What a resource's list can do.

    Attributes:
        known: Fields that ``where`` and ``order`` may name.
        paged: Whether the list takes ``page``.
        lists: Field that each list parameter, such as ``ids`` in lower case, selects by.
        search: Fields that ``searchTerm`` looks into.
        hidden: Field and value of the records that only ``includeArchived`` shows.
        optimised: Fields that large organisations may be filtered by.
        optimised_or: Fields that large organisations may be filtered by within ``or``.
        optimised_order: Fields that large organisations may be ordered by.
    """

    known: FieldPaths
    paged: bool = False
    lists: Mapping[str, str] = field(default_factory=dict)
    search: Sequence[str] = ()
    hidden: tuple[str, str] | None = None
    optimised: frozenset[str] = frozenset()
    optimised_or: frozenset[str] = frozenset()
    optimised_order: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ListQuery:
    """A read of a list, parsed.

    Attributes:
        where: Condition that records must meet; None accepts all.
        order: Field and whether it descends, the most significant first; empty for the
            default.
        lists: Accepted values, case folded, by list parameter.
        search: Text that a searched field must contain; empty accepts all.
        modified_since: Moment from which changes count, UTC; None for all records.
        include_archived: Whether archived records are shown.
        created_by: App whose records alone are shown; None shows those of all.
        summary_only: Whether ``summaryOnly`` was asked for.
        page: Number of the page, from 1; None for an unpaged list.
        page_size: Records of a page.
    """

    where: Where | None
    order: Sequence[tuple[str, bool]]
    lists: Mapping[str, frozenset[str]]
    search: str
    modified_since: datetime | None
    include_archived: bool
    created_by: str | None
    summary_only: bool
    page: int | None
    page_size: int


@dataclass(frozen=True, slots=True)
class ListPage:
    """The records of one answer.

    Attributes:
        records: Records in order.
        pagination: What the answer says of pages; None where the list is not paged.
    """

    records: Sequence[Record]
    pagination: Mapping[str, int] | None


def parse_list_query(
    query: Mapping[str, str], modified_since: str | None, rules: ListRules, *, client_id: str
) -> ListQuery:
    """Read the parameters (lower-case names) of a list.

    Raises:
        QueryParseError: a ``where``, ``order`` or id that can't be read.
    """
    summary = query.get("summaryonly", "").lower() == "true"
    lists = {
        name: _values(name, query[name]) for name in rules.lists if query.get(name, "").strip()
    }
    # summaryOnly and Statuses page a list even when no page is named.
    paged = rules.paged and (summary or "statuses" in lists or bool(query.keys() & _PAGING))
    text = query.get("where", "").strip()
    return ListQuery(
        where=parse_where(text, rules.known) if text else None,
        order=_order(query.get("order", ""), rules.known),
        lists=lists,
        search=query.get("searchterm", "").casefold(),
        modified_since=from_modified_since(modified_since) if modified_since else None,
        include_archived=query.get("includearchived", "").lower() == "true",
        created_by=client_id if query.get("createdbymyapp", "").lower() == "true" else None,
        summary_only=summary,
        page=_clamped(query.get("page"), default=1, most=None) if paged else None,
        page_size=_clamped(query.get("pagesize"), default=_DEFAULT_PAGE, most=_LARGEST_PAGE),
    )


def _values(name: str, text: str) -> frozenset[str]:
    values = frozenset(value.strip().casefold() for value in text.split(",") if value.strip())
    if name.endswith("ids"):
        for value in values:
            _check_guid(value)
    return values


def _check_guid(value: str) -> None:
    try:
        uuid.UUID(value)
    except ValueError as exc:
        raise QueryParseError(f"'{value}' is not a valid identifier") from exc


def _clamped(text: str | None, *, default: int, most: int | None) -> int:
    try:
        number = int(text) if text else default
    except ValueError:
        return default
    return max(1, number if most is None else min(number, most))


def _order(text: str, known: FieldPaths) -> list[tuple[str, bool]]:
    terms = []
    for term in filter(None, (part.strip() for part in text.split(","))):
        name, _, direction = term.partition(" ")
        if name.lower() not in known:
            raise QueryParseError(f"No property or field '{name}' exists")
        terms.append((name.lower(), direction.strip().upper() in {"DESC", "DESCENDING"}))
    return terms


def read_list(
    table: RecordTable, query: ListQuery, rules: ListRules, *, inclusive: bool = True
) -> ListPage:
    """Return what ``query`` asks for.

    Args:
        inclusive: Whether the second named by If-Modified-Since counts.
    """
    records = [
        r for r in _candidates(table, query, rules, inclusive) if _wanted(r, query, rules)
    ]
    for path, descending in reversed(query.order):
        records.sort(key=_sort_key(at_path(rules.known[path])), reverse=descending)
    if query.page is None:
        return ListPage(records, None)
    start = (query.page - 1) * query.page_size
    return ListPage(
        records[start : start + query.page_size],
        {
            "page": query.page,
            "pageSize": query.page_size,
            "pageCount": -(-len(records) // query.page_size),
            "itemCount": len(records),
        },
    )


def _sort_key(read: Operand) -> Any:
    def key(record: Record) -> tuple[bool, Any]:
        value = read(record)
        return value is not None, value.casefold() if isinstance(value, str) else value

    return key


def _candidates(
    table: RecordTable, query: ListQuery, rules: ListRules, inclusive: bool
) -> Iterable[Record]:
    """Return the records to look at, in default order: by an index where one fits."""
    narrowed = _by_list(table, query, rules)
    if narrowed is None:
        narrowed = _by_where(table, query)
    records = table.ordered() if narrowed is None else sorted(narrowed, key=table.by_update)
    since = query.modified_since
    if since is None:
        return records
    # Stamps have milliseconds, the header has seconds: exclusive means the next second.
    if not inclusive:
        since += timedelta(seconds=1)
    return records[bisect_left(records, since, key=lambda r: r["UpdatedDateUTC"]) :]


def _by_list(table: RecordTable, query: ListQuery, rules: ListRules) -> list[Record] | None:
    for name, values in query.lists.items():
        path = rules.lists[name]
        if path == table.id_field:
            return [record for value in values if (record := table.get(value))]
        if table.has_index(path.lower()):
            return [r for value in values for r in table.found(path.lower(), value)]
    return None


def _by_where(table: RecordTable, query: ListQuery) -> list[Record] | None:
    if query.where is None:
        return None
    for path, value in query.where.equalities().items():
        if path == table.id_field.lower() and isinstance(value, str):
            record = table.get(value)
            return [record] if record else []
        if table.has_index(path) and isinstance(value, str) and value:
            keys = dict.fromkeys((value.casefold(), plain(value)))
            return [record for key in keys for record in table.found(path, key)]
    return None


def _wanted(record: Record, query: ListQuery, rules: ListRules) -> bool:
    return (
        (query.include_archived or not _is_hidden(record, rules))
        and (query.created_by is None or record.get("ClientID") == query.created_by)
        and all(_is_listed(record, rules.lists[n], v) for n, v in query.lists.items())
        and (not query.search or _contains(record, query.search, rules.search))
        and (query.where is None or query.where.matches(record))
    )


def _is_hidden(record: Record, rules: ListRules) -> bool:
    return rules.hidden is not None and record.get(rules.hidden[0]) == rules.hidden[1]


def _is_listed(record: Record, path: str, values: frozenset[str]) -> bool:
    return str(at_path(path.split("."))(record)).casefold() in values


def _contains(record: Record, term: str, names: Sequence[str]) -> bool:
    return any(term in str(record.get(name) or "").casefold() for name in names)


def check_volume(
    endpoint: str, table: RecordTable, query: ListQuery, rules: ListRules, *, wall: int | None
) -> None:
    """Refuse reads that large organisations don't answer.

    Raises:
        HighVolume: there are more than ``wall`` records, and the read isn't paged or filters
            or orders by a field that isn't optimised.
    """
    if wall is None or len(table) <= wall or not rules.paged:
        return
    uses = query.where.uses if query.where else ()
    fit = all(u.path in (rules.optimised_or if u.in_or else rules.optimised) for u in uses)
    ordered = all(path in rules.optimised_order for path, _ in query.order)
    bounded = query.page is not None or bool(query.lists) or query.modified_since is not None
    if not (fit and ordered and bounded):
        raise HighVolume(endpoint)
