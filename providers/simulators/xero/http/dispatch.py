"""From a request on the Accounting API to its answer, once quota and consent are settled."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import InvalidOperation
from typing import Any, Final

from providers.simulators.write_log import WriteLog
from providers.simulators.xero.books import render
from providers.simulators.xero.books.history import natural_key, operation_of
from providers.simulators.xero.books.organisation import OrganisationBooks
from providers.simulators.xero.books.render import Detail, View
from providers.simulators.xero.books.table import Record
from providers.simulators.xero.query.listing import (
    ListQuery,
    check_volume,
    parse_list_query,
    read_list,
)
from providers.simulators.xero.rules import allocations, tracking, writes
from providers.simulators.xero.rules.catalogue import (
    RESOURCES,
    TRACKING_CATEGORIES,
    WITH_ALLOCATIONS,
    ApiResource,
)
from providers.simulators.xero.rules.documents import WriteOptions
from providers.simulators.xero.rules.unoffered import unoffered
from providers.simulators.xero.wire import codec
from providers.simulators.xero.wire.errors import (
    ElementRejected,
    NotFound,
    NotImplementedHere,
    NotOffered,
    PostDataInvalid,
)
from providers.simulators.xero.wire.texts import read_texts

_ALIASES: Final = {"organisation": "organisations"}


@dataclass(frozen=True, slots=True, kw_only=True)
class XeroCall:
    """One call of the API, after authentication.

    Attributes:
        org: Organisation that is called for.
        method: HTTP method, in capitals.
        path: Segments of the path after ``/api.xro/2.0/``.
        query: Parameters by name in lower case.
        body: Body, unparsed.
        modified_since: Value of ``If-Modified-Since``; None when it was not sent.
        options: How a write was asked for, and by whom.
        wall: Number of records above which a list refuses filters that are not optimised.
        log: Where every committed write is recorded, also when the answer is a 400.
    """

    org: OrganisationBooks
    method: str
    path: Sequence[str]
    query: Mapping[str, str]
    body: bytes
    modified_since: str | None
    options: WriteOptions
    wall: int | None
    log: WriteLog

    @property
    def view(self) -> View:
        """How single records are shown."""
        return View("single", self.options.unit_places)


@dataclass(frozen=True, slots=True)
class XeroAnswer:
    """What a call is answered with.

    Attributes:
        status: HTTP status.
        content: Members of the envelope; None for an empty body.
    """

    status: int
    content: Record | None = None


def resource_named(segment: str) -> ApiResource:
    """Return the resource of a path, whatever the case of its letters.

    Raises:
        NotFound: there is none.
        NotOffered: Xero has it, the simulator has not.
    """
    name = segment.lower()
    resource = RESOURCES.get(_ALIASES.get(name, name))
    if resource is None and (missing := unoffered([segment])):
        raise NotOffered(missing)
    if resource is None:
        raise NotFound
    return resource


def handle(call: XeroCall) -> XeroAnswer:
    """Answer a call.

    Raises:
        ApiError: it is refused.
    """
    try:
        return _handle(call)
    except ElementRejected as rejected:
        messages = writes.as_messages(rejected.messages)
        raise writes.validation_error([{"ValidationErrors": messages}]) from rejected
    except (InvalidOperation, RecursionError) as exc:
        raise PostDataInvalid("A number or a nesting is beyond reading") from exc


def check_offered(path: Sequence[str]) -> None:
    """Check that a path asks for nothing that only Xero has, in whatever format.

    Raises:
        NotOffered: it does.
    """
    if missing := unoffered(path):
        raise NotOffered(missing)


def _handle(call: XeroCall) -> XeroAnswer:
    resource = resource_named(call.path[0])
    if len(call.path) > 2:
        return _nested(call, resource)
    key = call.path[1] if len(call.path) == 2 else None
    match call.method:
        case "GET":
            return _read(call, resource, key)
        case "PUT" | "POST":
            return _write(call, resource, key)
        case "DELETE" if key is not None:
            return _delete(call, resource, key)
    raise NotImplementedHere


def _read(call: XeroCall, resource: ApiResource, key: str | None) -> XeroAnswer:
    if key is None:
        return _list(call, resource)
    record = resource.find(call.org, key)
    if record is None:
        raise NotFound
    shown = resource.render(call.org, record, call.view)
    if resource.name == "Contacts":
        shown = render.with_balances(call.org, record, shown)
    return XeroAnswer(200, {resource.name: [shown]})


def _list(call: XeroCall, resource: ApiResource) -> XeroAnswer:
    table = resource.table(call.org)
    query = parse_list_query(
        call.query, call.modified_since, resource.listing, client_id=call.options.client_id
    )
    check_volume(resource.name, table, query, resource.listing, wall=call.wall)
    switches = call.org.switches
    found = read_list(
        table, query, resource.listing, inclusive=switches.modified_since_inclusive
    )
    records = found.records
    if resource.name == "Payments" and not switches.deleted_payments_in_lists:
        records = [r for r in records if r["Status"] != "DELETED"]
    view = View(_detail(query), call.options.unit_places)
    content: Record = {} if found.pagination is None else {"pagination": found.pagination}
    content[resource.name] = [resource.render(call.org, r, view) for r in records]
    return XeroAnswer(200, content)


def _detail(query: ListQuery) -> Detail:
    if query.page is None:
        return "unpaged"
    return "summary" if query.summary_only else "paged"


def _write(call: XeroCall, resource: ApiResource, key: str | None) -> XeroAnswer:
    request = writes.WriteRequest(
        resource=resource,
        creates=call.method == "PUT",
        body=_body(call),
        key=key,
        options=call.options,
    )
    elements = writes.write_all(call.org, request)
    for element in elements:
        if element.record is not None:
            operation = operation_of(element.record, created=element.created)
            _record(call, resource, element.record, operation)
    return XeroAnswer(200, {resource.name: _shown(call, resource, elements)})


def _body(call: XeroCall) -> Any:
    """Return what was sent, with texts as Xero reads them."""
    switches = call.org.switches
    return read_texts(
        codec.loads(call.body),
        trims=switches.trims_numbers,
        control=switches.control_characters,
    )


def _record(call: XeroCall, resource: ApiResource, record: Record, operation: str) -> None:
    record_id = record[resource.table(call.org).id_field]
    key = natural_key(resource.name, record)
    call.log.record(resource.name, operation, record_id=record_id, key=key)


def _shown(
    call: XeroCall, resource: ApiResource, elements: Sequence[writes.WrittenElement]
) -> Sequence[Record]:
    if call.query.get("summarizeerrors", "").lower() == "false":
        return writes.per_element(call.org, resource, elements, call.view)
    return writes.saved_only(call.org, resource, elements, call.view)


def _delete(call: XeroCall, resource: ApiResource, key: str) -> XeroAnswer:
    if resource.delete is None:
        raise NotImplementedHere
    record = resource.find(call.org, key)
    if record is None:
        raise NotFound
    deleted = resource.delete(call.org, record)
    _record(call, resource, record, "deleted")
    if deleted is None:
        return XeroAnswer(204)
    return XeroAnswer(200, {resource.name: [resource.render(call.org, deleted, call.view)]})


def _nested(call: XeroCall, resource: ApiResource) -> XeroAnswer:
    """Answer for the collections within a record: allocations, and options of tracking."""
    record = resource.find(call.org, call.path[1])
    collection = call.path[2].lower()
    if record is None or len(call.path) > 4:
        raise NotFound
    if resource in WITH_ALLOCATIONS and collection == "allocations":
        return _allocations(call, record)
    if resource is TRACKING_CATEGORIES and collection == "options":
        return _options(call, record)
    raise NotFound


def _options(call: XeroCall, category: Record) -> XeroAnswer:
    match call.method, call.path[3:]:
        case "PUT", []:
            (sent, *_) = writes.elements_of("Options", _body(call))
            option = tracking.add_option(call.org, category, sent)
        case "POST", [option_id]:
            (sent, *_) = writes.elements_of("Options", _body(call))
            option = tracking.update_option(call.org, category, option_id, sent)
        case "DELETE", [option_id]:
            option = tracking.delete_option(call.org, category, option_id)
        case _:
            raise NotImplementedHere
    return XeroAnswer(200, {"Options": [option]})


def _allocations(call: XeroCall, credit: Record) -> XeroAnswer:
    match call.method, call.path[3:]:
        case "PUT", []:
            return _allocate(call, credit)
        case "DELETE", [allocation_id]:
            return _unallocate(call, allocation_id)
    raise NotImplementedHere


def _allocate(call: XeroCall, credit: Record) -> XeroAnswer:
    made = [
        allocations.allocate(call.org, credit, sent, call.options)
        for sent in writes.elements_of("Allocations", _body(call))
    ]
    return XeroAnswer(200, {"Allocations": [render.render_allocation(a) for a in made]})


def _unallocate(call: XeroCall, allocation_id: str) -> XeroAnswer:
    allocation = call.org.allocations.get(allocation_id)
    if allocation is None:
        raise NotFound
    allocations.unallocate(call.org, allocation)
    return XeroAnswer(200, {"AllocationID": allocation_id, "IsDeleted": True})


def in_envelope(answer: XeroAnswer, call: XeroCall, *, provider_name: str) -> bytes:
    """Write an answer as JSON, within Xero's envelope."""
    if answer.content is None:
        return b""
    if "IsDeleted" in answer.content:
        return codec.dumps(answer.content)
    envelope: dict[str, Any] = {
        "Id": str(uuid.uuid4()),
        "Status": "OK",
        "ProviderName": provider_name,
        "DateTimeUTC": call.org.now(),
    }
    return codec.dumps(envelope | answer.content)
