"""Refusals that we make ourselves, before Xero would, each with its advice."""

from dataclasses import replace
from decimal import Decimal

from providers.base import Side
from providers.errors import Duplicate, NeedsPerson, NotKnown, Rejected, Taken, Uncertain
from providers.xero.reasons import calls, documents, records, settings
from schemas.errors import Reason, Solver
from schemas.money import round_money


def tax_code_unmapped(code: str, rate: Decimal, side: Side, fitting: int) -> NotKnown:
    """Hold a document for whose line no tax rate of Xero's is certain.

    Args:
        rate: In per cent.
        fitting: How many of Xero's tax rates have that rate.
    """
    found = f"{fitting} tax rates" if fitting else "no tax rate"
    return NotKnown(
        settings.TAX_CODE_UNMAPPED.reason(
            code=code or "(none)", rate=rate, found=found, side=side.value
        )
    )


def tax_rate_differs(code: str, rate: Decimal, mapped: str, ledger_rate: Decimal) -> NotKnown:
    """Hold a document whose tax rate, in per cent, is not that of the code it is mapped to."""
    return NotKnown(
        settings.TAX_RATE_DIFFERS.reason(
            code=code, rate=rate, mapped=mapped, ledger_rate=ledger_rate
        )
    )


def account_unmapped(use: str) -> NeedsPerson:
    """Hold a document that names no account where the connection has no default for it."""
    return NeedsPerson(settings.ACCOUNT_UNMAPPED.reason(use=use))


def class_unmapped(code: str, line_id: str, because: str) -> NeedsPerson:
    """Hold a document with a class for which the settings have no tracking to send."""
    return NeedsPerson(
        settings.CLASS_UNMAPPED.reason(code=code, line_id=line_id, because=because)
    )


def bank_account_by_hand(code: str) -> NeedsPerson:
    """Hold a bank account: Xero's API asks for the bank's own number and can't change one."""
    return NeedsPerson(settings.BANK_ACCOUNT_KEPT_BY_XERO.reason(code=code))


def overpayment_stays(amount: Decimal, used: Decimal) -> NeedsPerson:
    """Hold the void of a payment whose overpayment only a person can void."""
    return NeedsPerson(documents.OVERPAYMENT_STAYS.reason(amount=amount, used=used))


def overpayment_not_consented(refused: Reason) -> NeedsPerson:
    """Hold a payment whose rest is a bank transaction, to which nobody has consented."""
    said = refused.provider_code
    return NeedsPerson(settings.OVERPAYMENT_NOT_CONSENTED.reason(said))


def payment_immutable() -> NeedsPerson:
    """Hold a change of a payment: Xero's are created and deleted, never changed."""
    return NeedsPerson(documents.PAYMENT_IMMUTABLE.reason())


def payment_exceeds_open(
    amount: Decimal, currency: str, *, number: str, still_open: Decimal, said: str
) -> NeedsPerson:
    """Hold a payment that settles more of an invoice than is open in Xero, which said so."""
    reason = records.PAYMENT_EXCEEDS_OPEN.reason(
        said,
        amount=round_money(amount, currency),
        currency=currency,
        number=number,
        open=round_money(still_open, currency),
    )
    return NeedsPerson(reason)


def not_in_use(what: str) -> Rejected:
    """Refuse to create something out of use just to put it away."""
    return Rejected(documents.NOT_IN_USE.reason(what=what))


def not_voidable(what: str) -> Rejected:
    """Refuse to void anything but a money document."""
    return Rejected(documents.NOT_VOIDABLE.reason(what=what))


def number_taken(number: str, by: str, ledger_id: str, *, foreign: bool) -> Taken:
    """Hold an invoice whose number belongs to another one; ``by`` says which.

    Args:
        foreign: Whether our app did not make that one.
    """
    reason = records.NUMBER_TAKEN.reason(number=number, by=by)
    return Taken(reason, foreign=foreign, external_id=ledger_id)


def name_taken(name: str, by: str) -> Taken:
    """Hold a document whose name belongs to something else; ``by`` says what.

    That has no mark of this document, which would have been found by it.
    """
    return Taken(records.NAME_TAKEN.reason(name=name, by=by), foreign=True)


def code_taken(code: str, by: str) -> NeedsPerson:
    """Hold a document whose code belongs to something else; ``by`` says what."""
    return NeedsPerson(records.CODE_TAKEN.reason(code=code, by=by))


def archived(what: str) -> NeedsPerson:
    """Hold a document whose counterpart is out of use in Xero."""
    return NeedsPerson(records.ARCHIVED_IN_XERO.reason(what=what))


def unconfirmed(what: str) -> Uncertain:
    """Doubt a write that Xero's answer does not show as saved."""
    return Uncertain(calls.UNCONFIRMED.reason(what=what))


def too_large(size: int) -> Reason:
    """Return that a request of ``size`` bytes is larger than Xero reads."""
    return documents.TOO_LARGE.reason(size=size)


def clash(found: Duplicate) -> Taken:
    """Hold a change that gives a record the name or number of another one.

    Both are known to be there, so that a look-up, which a duplicate advises, would not help.
    """
    reason = replace(
        found.reason,
        fix="Give the document another name or number, or change the other record in Xero.",
        solver=Solver.TENANT_ADMIN,
    )
    clashing = Taken(reason, foreign=True, trace_id=found.trace_id)
    clashing.written_in_part = found.written_in_part
    return clashing
