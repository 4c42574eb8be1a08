"""Writes: elements out of a body, each saved or refused on its own, and the answer.

Without ``summarizeErrors=false`` one bad element makes the answer a 400 that lists only the
failed ones; the good ones are saved all the same. No write is transactional beyond one element.

Source: Xero page "Requests and Responses", read 2026-09; partial commits as reported
(xero-ruby 247, pyxero 79).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from providers.simulators.xero.books.organisation import OrganisationBooks
from providers.simulators.xero.books.render import View
from providers.simulators.xero.books.table import Record
from providers.simulators.xero.rules.catalogue import RESOURCES, ApiResource, Create, Update
from providers.simulators.xero.rules.documents import WriteOptions
from providers.simulators.xero.wire.errors import (
    ApiError,
    ElementRejected,
    NoDataProcessed,
    NotFound,
    NotImplementedHere,
    PostDataInvalid,
)
from providers.simulators.xero.wire.fields import Payload

_ROOTS: Final = frozenset(resource.name for resource in RESOURCES.values())
ZERO_ID: Final = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True, slots=True)
class WrittenElement:
    """What became of one element.

    Attributes:
        sent: Element as it was sent.
        record: Record that was saved; None when the element was refused.
        messages: Reasons of the refusal, or warnings of the saved record, in order.
        created: Whether the record is new.
    """

    sent: Payload
    record: Record | None
    messages: tuple[str, ...] = ()
    created: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteRequest:
    """A PUT or POST on a resource.

    Attributes:
        resource: Resource that is written.
        creates: Whether the method only creates, as PUT does.
        body: Parsed body.
        key: Id, number or code in the path; None for the collection.
        options: How the write was asked for, and by whom.
    """

    resource: ApiResource
    creates: bool
    body: Any
    key: str | None
    options: WriteOptions


def elements_of(name: str, body: Any) -> Sequence[Payload]:
    """Take the elements out of a body: the list called ``name``, or one bare object.

    Raises:
        NoDataProcessed: an empty body, or one with another root.
        PostDataInvalid: a root that isn't a list of objects.
    """
    if not isinstance(body, Mapping) or not body:
        raise NoDataProcessed
    elements = body.get(name)
    if elements is None:
        if len(body) == 1 and body.keys() & _ROOTS:
            raise NoDataProcessed
        elements = [body]
    if not isinstance(elements, list) or not all(isinstance(e, Mapping) for e in elements):
        raise PostDataInvalid(f"{name} must be a list of objects")
    if not elements:
        raise NoDataProcessed
    return elements


def write_all(org: OrganisationBooks, request: WriteRequest) -> list[WrittenElement]:
    """Write every element on its own; the result has one entry per element, in order.

    Raises:
        NotFound: the path names an unknown record.
        NotImplementedHere: the resource can't be written like this.
    """
    elements = elements_of(request.resource.name, request.body)
    # Some resources take one element a request, and pass over the others silently.
    if request.resource.one_by_one:
        elements = elements[:1]
    addressed = None
    if request.key is not None:
        addressed = request.resource.find(org, request.key)
        if addressed is None:
            raise NotFound
        elements = elements[:1]
    if request.creates and (request.resource.create is None or addressed is not None):
        raise NotImplementedHere
    return [_write_one(org, request, element, addressed) for element in elements]


def _write_one(
    org: OrganisationBooks, request: WriteRequest, sent: Payload, addressed: Record | None
) -> WrittenElement:
    resource, options = request.resource, request.options
    try:
        known = addressed
        if known is None and not request.creates:
            known = _meant(org, resource, sent)
        if known is None:
            written = _creator(request)(org, sent, options)
        else:
            written = _updater(resource)(org, known, sent, options)
    except ElementRejected as rejected:
        return WrittenElement(sent, None, rejected.messages)
    return WrittenElement(sent, written.record, written.warnings, created=known is None)


def _creator(request: WriteRequest) -> Create:
    create = request.resource.create
    if create is None or not (request.creates or request.resource.post_creates):
        raise NotImplementedHere
    return create


def _updater(resource: ApiResource) -> Update:
    if resource.update is None:
        raise NotImplementedHere
    return resource.update


def _meant(org: OrganisationBooks, resource: ApiResource, sent: Payload) -> Record | None:
    """Return the record that an element of a POST means; None: it is to be created."""
    id_field = resource.table(org).id_field
    record_id = sent.get(id_field)
    if record_id and record_id != ZERO_ID:
        record = resource.table(org).get(str(record_id))
        if record is None:
            raise ElementRejected(
                f"A record with the {id_field} {record_id} could not be found"
            )
        return record
    return resource.match(org, sent) if resource.match else None


def per_element(
    org: OrganisationBooks,
    resource: ApiResource,
    elements: Sequence[WrittenElement],
    view: View,
) -> list[Record]:
    """Return every element with its own status, as ``summarizeErrors=false`` asks for."""
    return [
        _echo(org, resource, e, status="ERROR")
        if e.record is None
        else _saved(org, resource, e, view)
        | {"StatusAttributeString": "WARNING" if e.messages else "OK"}
        for e in elements
    ]


def saved_only(
    org: OrganisationBooks,
    resource: ApiResource,
    elements: Sequence[WrittenElement],
    view: View,
) -> list[Record]:
    """Return the elements of a request in which nothing was refused.

    Raises:
        ApiError: something was; the 400 lists only what, the rest is saved.
    """
    # The 400 lists the refused elements alone, though the others are saved: a client that
    # takes it for "nothing happened" writes them twice.
    failed = [e for e in elements if e.record is None]
    if failed:
        raise validation_error([_echo(org, resource, e) for e in failed])
    return [_saved(org, resource, e, view) for e in elements]


def validation_error(elements: Sequence[Record]) -> ApiError:
    """Return the summarised refusal of elements."""
    body = {
        "ErrorNumber": 10,
        "Type": "ValidationException",
        "Message": "A validation exception occurred",
        "Elements": elements,
    }
    return ApiError(400, body)


def _saved(
    org: OrganisationBooks, resource: ApiResource, element: WrittenElement, view: View
) -> Record:
    shown = resource.render(org, element.record or {}, view)
    if element.messages:
        shown["Warnings"] = as_messages(element.messages)
    return shown


def _echo(
    org: OrganisationBooks,
    resource: ApiResource,
    element: WrittenElement,
    *,
    status: str | None = None,
) -> Record:
    """Return a refused element as it was sent, with the reasons."""
    id_field = resource.table(org).id_field
    shown = {name: value for name, value in element.sent.items() if value is not None}
    shown[id_field] = shown.get(id_field) or ZERO_ID
    shown |= {"HasErrors": True, "HasValidationErrors": True}
    shown["ValidationErrors"] = as_messages(element.messages)
    return shown | ({"StatusAttributeString": status} if status else {})


def as_messages(messages: Sequence[str]) -> list[Record]:
    """Return messages as Xero lists them."""
    return [{"Message": message} for message in messages]
