"""Load what a record is compared with, and hold what contradicts it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from consumers.outcome import Hold
from consumers.store.protocols import Transaction
from consumers.store.related_records import RelatedRecord
from consumers.store.sync_records import Named
from consumers.sync.consistency import (
    OPPOSITE,
    Elsewhere,
    Related,
    compared,
    contradictions,
    in_one,
)
from schemas.documents.catalogue import Undecodable, decode
from schemas.documents.document import Document, DocumentType, Reference
from schemas.documents.invoice import Invoice
from schemas.documents.payment import Payment
from schemas.ids import ConnectionId, RecordId, record_id

# Nothing is at this revision: it stands for a record that there is not.
NOT_THERE: Final = 0


@dataclass(frozen=True, slots=True)
class ComparedRecords:
    """What one record is compared with, as loaded. Its documents are read when they are needed.

    Attributes:
        records: Those of its own company that it names, or that settle what it settles; by id.
        absent: Those that it names and that its company has not.
        realm_id: The company that it belongs to.
        elsewhere: The realm that has what this company has not.
        out_of_use: What it names and the platform has taken out of use, where it or the
            document is not in the ledger yet.
    """

    records: Mapping[RecordId, RelatedRecord] = field(default_factory=dict)
    absent: frozenset[RecordId] = frozenset()
    realm_id: str = ""
    elsewhere: Mapping[Reference, str] = field(default_factory=dict)
    out_of_use: Mapping[Reference, Named] = field(default_factory=dict)

    def revisions(self, also: Iterable[RelatedRecord] = ()) -> dict[RecordId, int]:
        """Return the revision of each record that is compared."""
        found = {one.record_id: one.revision for one in self.out_of_use.values()}
        found |= {id_: one.revision for id_, one in self.records.items()}
        found |= {one.record_id: one.revision for one in also}
        return found | dict.fromkeys(self.absent, NOT_THERE)

    def related(self, also: Iterable[RelatedRecord] = ()) -> Related:
        """Return the documents, as far as they can be read."""
        read = list(_read([*self.records.values(), *also]))
        return Related(
            documents={Reference(one.document_type, one.document_id): d for one, d in read},
            payments=[document for _, document in read if isinstance(document, Payment)],
            elsewhere=Elsewhere(self.realm_id, self.elsewhere),
            out_of_use=frozenset(self.out_of_use),
        )


NOTHING_RELATED: Final = ComparedRecords()


def contradicted(
    document: Document,
    found: ComparedRecords,
    *,
    also: Sequence[RelatedRecord] = (),
    in_doubt: bool = False,
) -> Hold | None:
    """Return a hold if the document contradicts what it is compared with.

    Args:
        also: Payments that are about to be written, and settle the same invoices.
        in_doubt: Whether a create of the document was begun whose outcome is not known.
    """
    reasons = contradictions(document, found.related(also))
    if not reasons:
        return None
    return Hold(
        in_one(reasons),
        in_doubt=in_doubt,
        compared=tuple(sorted(found.revisions(also).items())),
    )


async def load_related(
    transaction: Transaction,
    connection_id: ConnectionId,
    documents: Mapping[RecordId, Document],
    linked: Collection[RecordId],
) -> dict[RecordId, ComparedRecords]:
    """Return what each of these records is compared with; those of most types with nothing.

    Args:
        linked: Those of them that the ledger has: what it has not, no payment there settles.
    """
    named = {id_: found for id_, d in documents.items() if (found := compared(d))}
    if not named:
        return {}
    ids = {ref: record_id(connection_id, *ref) for refs in named.values() for ref in refs}
    known = {one.record_id: one for one in await transaction.related.named(list(ids.values()))}
    absent = [ref for ref, id_ in ids.items() if id_ not in known]
    strays = await _strays(transaction, connection_id, absent) if absent else _Strays()
    settled = {id_: _settled(d, is_linked=id_ in linked) for id_, d in documents.items()}
    settling = await _settling(transaction, connection_id, settled.values())
    result = {}
    for id_, refs in named.items():
        mine = [known[ids[ref]] for ref in refs if ids[ref] in known]
        mine += [strays.opposite[ref] for ref in refs if ref in strays.opposite]
        mine += [one for i in settled[id_] for one in settling[i] if one.record_id != id_]
        result[id_] = ComparedRecords(
            {one.record_id: one for one in mine},
            frozenset(ids[ref] for ref in refs if ids[ref] not in known),
            strays.realm_id,
            {ref: strays.elsewhere[ref] for ref in refs if ref in strays.elsewhere},
        )
    return result


@dataclass(frozen=True, slots=True)
class _Strays:
    """Where documents are that are not where others look for them."""

    realm_id: str = ""
    opposite: Mapping[Reference, RelatedRecord] = field(default_factory=dict)
    elsewhere: Mapping[Reference, str] = field(default_factory=dict)


async def _strays(
    transaction: Transaction, connection_id: ConnectionId, absent: Sequence[Reference]
) -> _Strays:
    """Look for documents on the other side of the books, and in the tenant's companies."""
    own = await transaction.connections.get(connection_id)
    if own is None:
        return _Strays()
    opposite = {record_id(connection_id, OPPOSITE[ref.type], ref.id): ref for ref in absent}
    elsewhere = {
        record_id(other.id, *ref): ref
        for other in await transaction.connections.of_tenant(own.tenant_id)
        if other.id != connection_id
        for ref in absent
    }
    found = await transaction.related.named([*opposite, *elsewhere])
    announced = [one for one in found if one.desired is not None]
    return _Strays(
        own.realm_id,
        {opposite[o.record_id]: o for o in announced if o.record_id in opposite},
        {elsewhere[o.record_id]: o.realm_id for o in announced if o.record_id in elsewhere},
    )


async def _settling(
    transaction: Transaction,
    connection_id: ConnectionId,
    settled: Iterable[frozenset[str]],
) -> Mapping[str, list[RelatedRecord]]:
    """Return the payments that settle any of these invoices, by invoice."""
    by_invoice: defaultdict[str, list[RelatedRecord]] = defaultdict(list)
    invoices = frozenset[str]().union(*settled)
    if invoices:
        found = await transaction.related.settling(connection_id, sorted(invoices))
        for one, payment in _read(found):
            for invoice in settled_by(payment):
                by_invoice[invoice].append(one)
    return by_invoice


def names_out_of_use(
    document: Document, known: Mapping[Reference, Named], *, is_linked: bool
) -> dict[Reference, Named]:
    """Return what a document names, the platform has taken out of use, and no ledger takes.

    Args:
        is_linked: Whether the ledger has the document: it may go on naming what the ledger has.
    """
    found = {
        ref: one
        for ref in document.references()
        if (one := known.get(ref)) is not None and one.out_of_use
    }
    if isinstance(document, Payment):
        found = {ref: one for ref, one in found.items() if not _may_pay(document, ref, one)}
    return {ref: one for ref, one in found.items() if not (is_linked and one.external)}


def _may_pay(payment: Payment, named: Reference, found: Named) -> bool:
    """Return whether a payment settles what is there already, of a customer out of use.

    Of one that the ledger has not the invoices that it settles say so themselves.
    """
    is_customer = named.type is DocumentType.CUSTOMER
    return is_customer and bool(found.external or payment.allocations)


def settled_currency(document: Document, found: ComparedRecords) -> str:
    """Return the currency of what a payment settles at a rate; empty where it is its own."""
    if not isinstance(document, Payment) or document.exchange_rate is None:
        return ""
    documents = found.related().documents
    invoices = [documents.get(ref) for ref in compared(document)]
    currencies = {one.currency for one in invoices if isinstance(one, Invoice)}
    return min(currencies - {document.currency}, default="")


def settled_by(document: Document | None) -> frozenset[str]:
    """Return the ids of the invoices that a document settles."""
    if not isinstance(document, Payment):
        return frozenset()
    return frozenset(one.invoice_id for one in document.allocations)


def _settled(document: Document, *, is_linked: bool) -> frozenset[str]:
    """Return the ids of the invoices whose payments a document is compared with."""
    if isinstance(document, Invoice):
        return frozenset({document.id} if is_linked else ())
    return settled_by(document)


def _read(records: Iterable[RelatedRecord]) -> Iterator[tuple[RelatedRecord, Document]]:
    """Yield records with their documents; what can't be read contradicts nothing.

    It is held by itself, and what needs it waits.
    """
    for one in records:
        if one.desired is not None:
            try:
                yield one, decode(one.document_type, one.desired)
            except Undecodable:
                continue
