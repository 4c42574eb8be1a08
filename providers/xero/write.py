"""Makes the requests, and says for each write what became of it.

Nothing is believed unseen: an answered element counts as saved only when it has an id of its
own and is the element that was sent. Xero has reported success for elements of accounts and
batch payments that it did not save.

Source: Xero developer page "HTTP Requests and Responses", read 2026-09; Xero-Net issue 285,
Xero-NetStandard issue 324.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Final

from providers.base import Result, Written
from providers.errors import (
    Duplicate,
    Gone,
    NeedsPerson,
    ProviderError,
    Rejected,
    Uncertain,
)
from providers.http import Call, Reply
from providers.wire import Record
from providers.xero.client import XeroClient
from providers.xero.errors import Unprocessed, element_error
from providers.xero.mapping.catalogue import BANK_TRANSACTIONS, Resource
from providers.xero.preflight_errors import (
    overpayment_not_consented,
    too_large,
    unconfirmed,
)
from providers.xero.reasons.calls import SCOPE_MISSING
from providers.xero.requests import Entry, Request
from providers.xero.results import NO_ID, OVERPAYMENT, both, in_bank_currency

_LARGEST_BODY: Final = 3_500_000  # bytes; newer pages say 10 MB
_OF_THE_DOCUMENT: Final = (Rejected, NeedsPerson, Duplicate, Gone)

Results = dict[int, Result]


async def send_all(client: XeroClient, requests: Sequence[Request]) -> Results:
    """Make the requests in order; one result per position that they name.

    A failed call is raised only while nothing was answered yet. After that it becomes the
    result of its own documents, so that no answer is lost.

    Raises:
        ProviderError: the first call failed, and not because of its document.
    """
    results: Results = {}
    waiting = deque(requests)
    while waiting:
        request = _without_failed(waiting.popleft(), results)
        if not request.entries:
            continue
        try:
            reply = await client.send(_call(request))
        except Unprocessed as error:
            # One element can make all of a request unreadable, and Xero does not say which:
            # halving finds it, and saves the others.
            if len(request.entries) == 1:
                results |= _after(results, _all(request, error))
            else:
                waiting.extendleft(reversed(request.halves()))
        except ProviderError as error:
            found = _all(request, _of_call(request, error, anything_answered=bool(results)))
            results |= _after(results, found)
        else:
            results |= _after(results, _read(request, reply))
    return results


def _without_failed(request: Request, results: Results) -> Request:
    """Return a request without the documents of which an earlier step failed."""
    failed = {p for p, result in results.items() if isinstance(result, ProviderError)}
    return request.of(tuple(e for e in request.entries if e.position not in failed))


def _after(before: Results, found: Results) -> Results:
    """Return results of a step together with what the step before it made."""
    return {p: _joined(before.get(p), result) for p, result in found.items()}


def _joined(before: Result | None, result: Result) -> Result:
    if not isinstance(before, Written):
        return result
    if isinstance(result, ProviderError):
        result.written_in_part = True
        return result
    return both(before, result) if result.external.code == OVERPAYMENT else result


def _call(request: Request) -> Call:
    """Return the call.

    Raises:
        Unprocessed: it would be larger than Xero reads.
    """
    call = request.call()
    if call.content is not None and len(call.content) > _LARGEST_BODY:
        raise Unprocessed(too_large(len(call.content)))
    return call


def _of_call(
    request: Request, error: ProviderError, *, anything_answered: bool
) -> ProviderError:
    """Return what a failed call means for its documents.

    Raises:
        ProviderError: the failure is the call's own, and nothing was answered before.
    """
    if request.resource is BANK_TRANSACTIONS and error.reason.code == SCOPE_MISSING.code:
        return overpayment_not_consented(error.reason)
    if isinstance(error, _OF_THE_DOCUMENT):
        # Xero saves the good elements of a batch that it refuses.
        return error if len(request.entries) == 1 else Uncertain(error.reason)
    if anything_answered:
        return error
    raise error


def _all(request: Request, error: ProviderError) -> Results:
    return {entry.position: error for entry in request.entries}


def _read(request: Request, reply: Reply) -> Results:
    """Match answered elements with sent ones, by order and by what they share."""
    elements = _elements(request.resource, reply)
    if len(elements) != len(request.entries):
        return _all(request, unconfirmed(f"{len(elements)} of {len(request.entries)} elements"))
    return {
        entry.position: _result(request.resource, entry, element)
        for entry, element in zip(request.entries, elements, strict=True)
    }


def _elements(resource: Resource, reply: Reply) -> Sequence[Record]:
    try:
        body = reply.json()
    except ValueError:
        return ()
    found = body.get(resource.collection) if isinstance(body, Mapping) else None
    return found if isinstance(found, list) else ()


def _result(resource: Resource, entry: Entry, element: Record) -> Result:
    error = element_error(element)
    if error is not None:
        return error
    if str(element.get(resource.id_field) or NO_ID) == NO_ID:
        return unconfirmed("the element has no id")
    if not resource.is_same(entry.body, element):
        return unconfirmed("another element was answered in its place")
    written = resource.read(element)
    return in_bank_currency(written, element) if "BankAmount" in entry.body else written
