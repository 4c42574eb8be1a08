"""Refusals that we make ourselves, before QuickBooks would, each with its advice."""

from decimal import Decimal

from providers.errors import Blocked, NeedsPerson, NotKnown, Rejected, Taken
from providers.qbo.reasons import calls, documents, records, settings
from providers.wire import Record
from schemas.documents.document import Document, Reference, name_of
from schemas.documents.party import Party
from schemas.money import round_money


def item_needed(line_id: str) -> Rejected:
    """Refuse a sales line that names an account: QuickBooks posts sales through items only."""
    return Rejected(documents.ITEM_NEEDED.reason(line_id=line_id))


def account_unmapped(use: str) -> NeedsPerson:
    """Hold a document that names no account where the connection has no default for it."""
    return NeedsPerson(settings.ACCOUNT_UNMAPPED.reason(use=use))


def tax_code_unmapped(code: str, rate: Decimal, because: str) -> NotKnown:
    """Hold a document whose tax has no certain counterpart in the company.

    Args:
        rate: In per cent.
        because: A clause that says what is in the way.
    """
    details = {"code": code, "rate": rate.normalize(), "because": because}
    return NotKnown(settings.TAX_CODE_UNMAPPED.reason(**details))


def tax_rate_differs(code: str, rate: Decimal, ledger: str, ledger_rate: Decimal) -> NotKnown:
    """Hold a document whose tax rate is another than that of the code it is mapped to.

    Args:
        rate: In per cent, as ``ledger_rate``.
        ledger: The name of the code in QuickBooks.
    """
    return NotKnown(
        settings.TAX_RATE_DIFFERS.reason(
            code=code,
            rate=rate.normalize(),
            ledger=ledger,
            ledger_rate=ledger_rate.normalize(),
        )
    )


def class_unmapped(code: str, line_id: str) -> NeedsPerson:
    """Hold a document with a class for which the connection names none of QuickBooks'."""
    return NeedsPerson(settings.CLASS_UNMAPPED.reason(code=code, line_id=line_id))


def classes_off(code: str, line_id: str) -> NotKnown:
    """Hold a document with a class for a company that would drop it."""
    return NotKnown(settings.CLASSES_OFF.reason(code=code, line_id=line_id))


def classes_differ(number: str) -> NotKnown:
    """Hold an invoice of several classes for a company that gives it one at most."""
    return NotKnown(settings.CLASSES_DIFFER.reason(number=number))


def sales_tax_off(tax: Decimal) -> NotKnown:
    """Hold a document with tax for a company that has sales tax switched off."""
    return NotKnown(settings.SALES_TAX_OFF.reason(tax=tax))


def currency_unavailable(currency: str, home: str) -> NotKnown:
    """Hold a document in a currency that the company does not keep books in."""
    return NotKnown(settings.CURRENCY_NOT_HELD.reason(currency=currency, home=home))


def profile_missing() -> NotKnown:
    """Hold everything of a connection of whose company we know too little."""
    return NotKnown(calls.PROFILE_MISSING.reason())


def number_taken(number: str, kind: str, ledger_id: str) -> Taken:
    """Hold a document whose number QuickBooks has given to another one.

    That one is without our mark, so it was not made of this document.
    """
    reason = records.NUMBER_TAKEN.reason(number=number, kind=kind, ledger_id=ledger_id)
    return Taken(reason, foreign=True, external_id=ledger_id)


def name_taken(name: str, by: str, ledger_id: str) -> Taken:
    """Hold a document whose name belongs to something else; ``by`` says what."""
    reason = records.NAME_TAKEN.reason(name=name, by=by)
    return Taken(reason, foreign=False, external_id=ledger_id)


def inactive(name: str, kind: str, ledger_id: str) -> Taken:
    """Hold a document whose counterpart was taken out of use in the ledger."""
    reason = records.RECORD_INACTIVE.reason(name=name, kind=kind, ledger_id=ledger_id)
    return Taken(reason, foreign=False, external_id=ledger_id)


def reference_gone() -> NeedsPerson:
    """Hold a document that names a record which the ledger no longer lets us use."""
    return NeedsPerson(records.REFERENCE_DELETED.reason())


def has_payments(kind: str, intent: str) -> Blocked:
    """Refuse for now what can't be done to something paid: ``cancelled``, ``changed``."""
    return Blocked(records.HAS_PAYMENTS.reason(kind=kind, intent=intent))


def payment_exceeds_due(
    amount: Decimal, currency: str, *, number: str, still_open: Decimal
) -> NeedsPerson:
    """Hold a payment that settles more of an invoice than is open in QuickBooks."""
    reason = records.PAYMENT_EXCEEDS_DUE.reason(
        amount=round_money(amount, currency),
        currency=currency,
        number=number,
        open=round_money(still_open, currency),
    )
    return NeedsPerson(reason)


def customer_has_balance(name: str, balance: Decimal, currency: str) -> Blocked:
    """Refuse for now to make a customer inactive, who would be credited with what is open."""
    return Blocked(
        records.CUSTOMER_HAS_BALANCE.reason(
            name=name, balance=round_money(balance, currency), currency=currency
        )
    )


def document_currency_differs(
    document: Document, currency: str, *, party: Reference, record: Record, held: str, said: str
) -> NeedsPerson:
    """Hold a document in another currency than QuickBooks has for its customer or vendor.

    Args:
        document: The document that QuickBooks refused.
        currency: The currency that it was sent in.
        party: Its customer or vendor.
        record: That party in QuickBooks.
        held: The party's currency there.
        said: What QuickBooks said.
    """
    return NeedsPerson(
        settings.DOCUMENT_CURRENCY_DIFFERS.reason(
            said,
            document=name_of(document),
            currency=currency,
            party=f"{party.id} ({record['DisplayName']})",
            kind=party.type,
            party_currency=held,
        )
    )


def party_currency_fixed(party: Party, ledger_currency: str) -> NeedsPerson:
    """Hold a customer or vendor that QuickBooks has in another currency for ever."""
    return NeedsPerson(
        settings.PARTY_CURRENCY_FIXED.reason(
            kind=type(party).__name__.lower(),
            name=party.name,
            currency=party.currency,
            ledger_currency=ledger_currency,
        )
    )
