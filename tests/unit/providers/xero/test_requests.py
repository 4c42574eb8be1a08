"""Which calls a list of writes makes."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from providers.base import External, Operation, Write
from providers.xero.mapping.catalogue import batch_limit
from providers.xero.requests import Request, requests_for
from schemas.documents.document import DocumentType
from tests.unit.providers.xero.samples import REALM, bill, guid, invoice, payment, write_of

ACCOUNT = {"id": "a1", "code": "2001", "name": "Coffee sales", "kind": "revenue"}


def made(operation: Operation, *writes: Write) -> Sequence[Request]:
    requests, refusals = requests_for(operation, writes, REALM)
    assert not refusals
    return requests


def bills(*ids: str) -> list[Write]:
    return [write_of(DocumentType.BILL, bill(i)) for i in ids]


def test_creates_are_put_and_never_post() -> None:
    for write in (
        write_of(DocumentType.INVOICE, invoice()),
        write_of(DocumentType.ACCOUNT, ACCOUNT),
        write_of(DocumentType.PAYMENT, payment()),
    ):
        (request,) = made(Operation.CREATE, write)
        assert request.call().method == "PUT"


def test_every_write_asks_for_an_answer_per_element() -> None:
    (request,) = made(Operation.CREATE, *bills("b1"))
    assert request.call().params == {"summarizeErrors": "false", "unitdp": "4"}


def test_one_call_carries_all_of_a_batch() -> None:
    (request,) = made(Operation.CREATE, *bills("b1", "b2", "b3"))
    assert {entry.position for entry in request.entries} == {0, 1, 2}


class ReadProfile(dict[str, Any]):
    """What is known of an organisation; counts how often it is read."""

    reads = 0

    def get(self, key: str, default: Any = None) -> Any:
        self.reads += key == "tax_rates"
        return super().get(key, default)


def test_the_organisation_is_read_once_for_all_of_a_batch() -> None:
    profile = ReadProfile(REALM.profile)
    _, refusals = requests_for(
        Operation.CREATE, bills("b1", "b2", "b3"), replace(REALM, profile=profile)
    )
    assert (refusals, profile.reads) == ({}, 1)


def test_the_same_batch_in_another_order_is_the_same_call() -> None:
    one, other = (made(Operation.CREATE, *bills(*ids))[0] for ids in ("abc", "cab"))
    assert one.call() == other.call()


def test_another_batch_has_another_key() -> None:
    keys = {
        made(Operation.CREATE, *bills(*ids))[0].call().headers["Idempotency-Key"]
        for ids in ("a", "b", "ab", "abc")
    }
    assert len(keys) == 4


def test_halves_carry_the_same_entries_under_keys_of_their_own() -> None:
    (request,) = made(Operation.CREATE, *bills("a", "b", "c"))
    first, second = request.halves()
    assert (*first.entries, *second.entries) == request.entries
    assert len({r.call().headers["Idempotency-Key"] for r in (request, first, second)}) == 3


def test_an_invoice_in_a_batch_names_its_record_in_the_body() -> None:
    link = External(id=guid("x"))
    write = write_of(DocumentType.INVOICE, invoice(), external=link, changed=("due_on",))
    (request,) = made(Operation.UPDATE, write)
    assert (request.method, request.path) == ("POST", "/api.xro/2.0/Invoices")
    (void,) = made(Operation.VOID, write)
    assert void.entries[0].body == {"InvoiceID": link.id, "Status": "VOIDED"}


def test_accounts_go_one_by_one() -> None:
    two = [write_of(DocumentType.ACCOUNT, {**ACCOUNT, "id": i}) for i in ("a1", "a2")]
    assert len(made(Operation.CREATE, *two)) == 2
    link = External(id=guid("x"))
    changed = write_of(DocumentType.ACCOUNT, ACCOUNT, external=link, changed=("name", "active"))
    first, second = made(Operation.UPDATE, changed)
    assert first.path == second.path == f"/api.xro/2.0/Accounts/{link.id}"
    assert first.entries[0].key != second.entries[0].key


def test_payments_and_batch_payments_part() -> None:
    writes = [
        write_of(DocumentType.PAYMENT, payment("p1", ("i1", "1.00"))),
        write_of(DocumentType.PAYMENT, payment("p2", ("i1", "1.00"), ("i2", "2.00"))),
        write_of(DocumentType.PAYMENT, payment("p3", ("i2", "1.00"))),
    ]
    single, several = made(Operation.CREATE, *writes)
    assert {entry.position for entry in single.entries} == {0, 2}
    assert {entry.position for entry in several.entries} == {1}
    assert several.path == "/api.xro/2.0/BatchPayments"


def test_a_payment_is_deleted_where_it_is() -> None:
    single, batch = External(id=guid("p")), External(id=guid("b"), code="batch")
    fields = payment("p1", ("i1", "1.00"), ("i2", "2.00"))
    for link, path in ((single, "Payments"), (batch, "BatchPayments")):
        (request,) = made(Operation.VOID, write_of(DocumentType.PAYMENT, fields, external=link))
        assert request.path == f"/api.xro/2.0/{path}/{link.id}"
        assert request.entries[0].body["Status"] == "DELETED"


def test_limits_are_those_of_the_endpoints() -> None:
    assert batch_limit(DocumentType.INVOICE, Operation.CREATE) == 50
    assert batch_limit(DocumentType.PAYMENT, Operation.CREATE) == 50
    assert batch_limit(DocumentType.PAYMENT, Operation.VOID) == 1
    assert batch_limit(DocumentType.ACCOUNT, Operation.CREATE) == 1
