"""What documents say of each other: every contradiction is found before any call is made.

Pure: a document and those that it names are compared as the platform announced them, the same
for every ledger. Payments are compared with the invoices that they settle, invoices with the
payments that settle them, and all with their customer or vendor. What is new to the ledger
names nothing that is out of use, and nothing names what is both.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Final

from schemas import contradictions as found
from schemas.documents.bill import Bill
from schemas.documents.document import Document, DocumentType, Reference, Status, name_of
from schemas.documents.invoice import Invoice
from schemas.documents.party import Party
from schemas.documents.payment import Allocation, Payment
from schemas.documents.trade import TradeDocument
from schemas.errors import Reason
from schemas.money import ZERO, round_money

NAMED_AT_MOST: Final = 3

# What is on the other side of the books under the same id.
OPPOSITE: Final = {
    DocumentType.CUSTOMER: DocumentType.VENDOR,
    DocumentType.VENDOR: DocumentType.CUSTOMER,
    DocumentType.INVOICE: DocumentType.BILL,
    DocumentType.BILL: DocumentType.INVOICE,
}


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What was announced to other companies of the tenant, and not to this one.

    Attributes:
        realm: The realm whose ledger the compared document goes to.
        realms: A realm that has it, for each document that this one has not.
    """

    realm: str = ""
    realms: Mapping[Reference, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Related:
    """What is known of the documents that one names.

    Attributes:
        documents: Those of its own company, as announced last; also what is on the other side
            of the books under the id of one that is named and not there.
        payments: The other payments that settle invoices of these, or the document itself, and
            count: those that the ledger has or is about to get.
        elsewhere: Those of other companies only.
        out_of_use: Those that the platform has taken out of use, where they or the document
            are new to the ledger.
    """

    documents: Mapping[Reference, Document] = field(default_factory=dict)
    payments: Sequence[Payment] = ()
    elsewhere: Elsewhere = Elsewhere()
    out_of_use: frozenset[Reference] = frozenset()


def contradictions(document: Document, related: Related) -> tuple[Reason, ...]:
    """Return a reason for each contradiction, in a fixed order; none if all is consistent.

    What a document names and is not known contradicts nothing: it waits for that.
    """
    reasons = list(_out_of_use(document, related))
    if isinstance(document, TradeDocument | Payment):
        reasons += _contradictions(document, related)
    return tuple(reasons)


def in_one(reasons: Sequence[Reason]) -> Reason:
    """Return the first of these reasons with the causes of the next ones; at least one."""
    causes = [reason.cause for reason in reasons[:NAMED_AT_MOST]]
    if more := len(reasons) - len(causes):
        causes.append(f"There are {more} more of the kind.")
    return replace(reasons[0], cause=" ".join(causes))


def compared(document: Document) -> tuple[Reference, ...]:
    """Return what a document is compared with; nothing for most types."""
    if not isinstance(document, TradeDocument | Payment):
        return ()
    invoices = document.allocations if isinstance(document, Payment) else ()
    return (_party(document), *(_invoice(one) for one in invoices))


def _contradictions(document: TradeDocument | Payment, related: Related) -> Iterator[Reason]:
    for named in compared(document):
        yield from _out_of_place(document, named, related)
    if isinstance(document, Payment):
        # Before the party's currency: what is said of an invoice that is settled is the remedy.
        yield from _settlement(document, related)
    if isinstance(document, Invoice):
        yield from _parties_of_payments(document, related)
    yield from _party_currency(document, related)


def _out_of_use(document: Document, related: Related) -> Iterator[Reason]:
    """Find what no ledger takes a new document for."""
    for named in document.references():
        if named in related.out_of_use:
            yield found.OUT_OF_USE.reason(
                document=_capital(name_of(document)), named=_known(named, related)
            )


def _out_of_place(document: Document, named: Reference, related: Related) -> Iterator[Reason]:
    """Find what is not where the document looks for it: on its side, in its company."""
    if named in related.documents:
        return
    opposite = Reference(OPPOSITE[named.type], named.id)
    if opposite in related.documents:
        yield found.WRONG_DIRECTION.reason(
            document=_capital(name_of(document)), named=_name(named), found=opposite.type.value
        )
    elif realm := related.elsewhere.realms.get(named):
        yield found.OTHER_REALM.reason(
            document=_capital(name_of(document)),
            realm=related.elsewhere.realm,
            named=_name(named),
            found=realm,
        )


def _party_currency(document: TradeDocument | Payment, related: Related) -> Iterator[Reason]:
    party = related.documents.get(_party(document))
    if not isinstance(party, Party) or party.currency in (None, document.currency):
        return
    # What it settles at a rate may be in the party's currency: its invoices are compared.
    if isinstance(document, Payment) and document.exchange_rate and document.allocations:
        return
    yield found.PARTY_CURRENCY_DIFFERS.reason(
        document=_capital(name_of(document)),
        currency=document.currency,
        party=name_of(party),
        party_currency=party.currency,
    )


def _settlement(payment: Payment, related: Related) -> Iterator[Reason]:
    """Compare a payment with the invoices that it settles, as far as they are known."""
    invoices = [
        (one, invoice)
        for one in payment.allocations
        if isinstance(invoice := related.documents.get(_invoice(one)), Invoice)
    ]
    several = tuple(_several_currencies(payment, [invoice for _, invoice in invoices]))
    yield from several
    # Of several currencies, no rate of the payment's would lead to each.
    has_rate = payment.exchange_rate is not None and not several
    for allocation, invoice in invoices:
        if not several:
            yield from _currency_of_settled(payment, allocation, invoice)
        yield from _settled(payment, allocation, invoice, related)
        if has_rate or invoice.currency == payment.currency:
            yield from _overpaid(payment, allocation, invoice, related.payments)


def _parties_of_payments(invoice: Invoice, related: Related) -> Iterator[Reason]:
    """Compare an invoice, which may have gone to another party, with what settles it."""
    for payment in related.payments:
        if payment.status is Status.APPROVED and payment.customer_id != invoice.customer_id:
            for one in payment.allocations:
                if one.invoice_id == invoice.id:
                    yield _parties_differ(payment, invoice, related)


def _parties_differ(payment: Payment, invoice: Invoice, related: Related) -> Reason:
    return found.PAYMENT_PARTY_DIFFERS.reason(
        document=_capital(name_of(payment)),
        party=_known_party(payment.customer_id, related),
        invoice=name_of(invoice),
        invoice_party=_known_party(invoice.customer_id, related),
    )


def _several_currencies(payment: Payment, invoices: Sequence[Invoice]) -> Iterator[Reason]:
    """Find what would take several rates, whether one is given or not."""
    other = next((one for one in invoices if one.currency != invoices[0].currency), None)
    if other is not None:
        yield found.SEVERAL_CURRENCIES.reason(
            document=_capital(name_of(payment)),
            invoice=name_of(invoices[0]),
            invoice_currency=invoices[0].currency,
            other=name_of(other),
            other_currency=other.currency,
        )


def _currency_of_settled(
    payment: Payment, allocation: Allocation, invoice: Invoice
) -> Iterator[Reason]:
    """Compare a payment's currency and rate with the currency of one invoice."""
    rate = payment.exchange_rate
    if invoice.currency != payment.currency and rate is None:
        yield found.PAYMENT_CURRENCY_DIFFERS.reason(
            total=invoice.totals().total,
            invoice_currency=invoice.currency,
            **_share_of(payment, allocation, invoice),
        )
    if invoice.currency == payment.currency and rate not in (None, 1):
        yield found.RATE_CONTRADICTS.reason(
            document=_capital(name_of(payment)),
            rate=rate,
            invoice=name_of(invoice),
            currency=payment.currency,
        )


def _share_of(payment: Payment, allocation: Allocation, invoice: Invoice) -> dict[str, object]:
    """Return what a cause names of a payment and of an invoice that it settles."""
    return {
        "document": _capital(name_of(payment)),
        "amount": round_money(allocation.amount, payment.currency),
        "currency": payment.currency,
        "invoice": name_of(invoice),
    }


def _settled(
    payment: Payment, allocation: Allocation, invoice: Invoice, related: Related
) -> Iterator[Reason]:
    """Compare the party and the status of a payment and one invoice."""
    if invoice.customer_id != payment.customer_id:
        yield _parties_differ(payment, invoice, related)
    says = _share_of(payment, allocation, invoice)
    if invoice.status is Status.DRAFT:
        yield found.SETTLES_DRAFT.reason(**says)
    elif invoice.status is Status.VOIDED:
        yield found.SETTLES_VOIDED.reason(**says)


def _overpaid(
    payment: Payment, allocation: Allocation, invoice: Invoice, payments: Sequence[Payment]
) -> Iterator[Reason]:
    if invoice.status is Status.VOIDED:
        return
    others = {
        one.id: share
        for one in payments
        if one.id != payment.id and (share := _share(one, invoice)) > ZERO
    }
    total, taken = invoice.totals().total, sum(others.values(), ZERO)
    left = max(total - taken, ZERO)
    amount = payment.settles(allocation, invoice.currency)
    if amount <= left:
        return
    entry = found.OVERPAYS if others else found.OVERPAYS_ALONE
    yield entry.reason(
        document=_capital(name_of(payment)),
        amount=round_money(amount, invoice.currency),
        currency=invoice.currency,
        invoice=name_of(invoice),
        excess=amount - left,
        open=left,
        total=total,
        by_others=_payments(sorted(others)),
        others=taken,
    )


def _share(payment: Payment, invoice: Invoice) -> Decimal:
    """Return what a payment settles of an invoice; nothing of a void one counts.

    Nor does anything of one in another currency that gives no rate: it is held.
    """
    if payment.status is not Status.APPROVED:
        return ZERO
    shares = [
        payment.settles(a, invoice.currency)
        for a in payment.allocations
        if a.invoice_id == invoice.id
    ]
    return sum(shares, ZERO)


def _payments(ids: Sequence[str]) -> str:
    named = ", ".join(ids[:NAMED_AT_MOST])
    more = f" and {len(ids) - NAMED_AT_MOST} more" if len(ids) > NAMED_AT_MOST else ""
    return f"payment{'s' if len(ids) > 1 else ''} {named}{more}"


def _party(document: TradeDocument | Payment) -> Reference:
    if isinstance(document, Bill):
        return Reference(DocumentType.VENDOR, document.vendor_id)
    if isinstance(document, Invoice | Payment):
        return Reference(DocumentType.CUSTOMER, document.customer_id)
    raise TypeError(f"{type(document).__name__} has no party")


def _invoice(allocation: Allocation) -> Reference:
    return Reference(DocumentType.INVOICE, allocation.invoice_id)


def _known_party(customer_id: str, related: Related) -> str:
    return _known(Reference(DocumentType.CUSTOMER, customer_id), related)


def _known(reference: Reference, related: Related) -> str:
    known = related.documents.get(reference)
    return name_of(known) if known else _name(reference)


def _name(reference: Reference) -> str:
    return f"{reference.type.value} {reference.id}"


def _capital(name: str) -> str:
    return name[0].upper() + name[1:]
