"""What a QuickBooks record says about a document of ours.

Source: Intuit Accounting API, "Void a transaction" and the entity reference, read 2026-11.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from providers.base import External, Figures, Written
from schemas.documents.account import Account
from schemas.documents.bill import Bill
from schemas.documents.document import Document, DocumentType
from schemas.documents.item import Item
from schemas.documents.payment import Payment
from schemas.documents.trade import TradeDocument
from schemas.money import ZERO, product, round_money

TRANSACTIONS: Final = frozenset({DocumentType.INVOICE, DocumentType.BILL, DocumentType.PAYMENT})
_KNOWN_AS: Final = ("DisplayName", "Name", "DocNumber")
_CODE_FIELDS: Final[Mapping[type[Document], str]] = {Account: "AcctNum", Item: "Sku"}
_NOTHING: Final = Figures(ZERO, ZERO, ZERO)


def to_written(document: Document, record: Mapping[str, Any]) -> Written:
    """Read a document's record: link, figures, whether it is void or out of use."""
    return Written(
        external=External(record["Id"], record.get("SyncToken", ""), _code(document, record)),
        figures=_figures_of(document, record),
        voided=record.get("Active") is False or _is_void(record),
        known_as=next((str(record[name]) for name in _KNOWN_AS if record.get(name)), ""),
    )


def voided(document: Document, external_id: str, sync_token: str = "") -> Written:
    """Return the result of a transaction that is void or deleted, and so worth nothing."""
    figures = _NOTHING if isinstance(document, TradeDocument) else None
    return Written(External(external_id, sync_token), figures, voided=True)


def _code(document: Document, record: Mapping[str, Any]) -> str:
    return str(record.get(_CODE_FIELDS.get(type(document), ""), ""))


def _is_void(record: Mapping[str, Any]) -> bool:
    """Return whether a transaction is void: worth nothing, and noted so.

    QuickBooks has no field for it. A total of zero alone may be a document that is worth
    nothing, and the word alone may be a person's note.
    """
    noted = str(record.get("PrivateNote", "")).startswith("Voided")
    return noted and Decimal(record.get("TotalAmt", 0)) == 0


def _figures_of(document: Document, record: Mapping[str, Any]) -> Figures | None:
    if isinstance(document, TradeDocument):
        return _figures(document, record)
    return _received(document, record) if isinstance(document, Payment) else None


def _received(payment: Payment, record: Mapping[str, Any]) -> Figures | None:
    """Return what was received, and what of it settles nothing, in the payment's currency.

    QuickBooks keeps it in the customer's; where that is another one, by the rate. Without it
    nothing can be told.
    """
    kept_in = record.get("CurrencyRef", {}).get("value", payment.currency)
    said = 1 if kept_in == payment.currency else record.get("ExchangeRate")
    if said is None:
        return None
    rate = Decimal(said)
    total, left = (
        round_money(product(Decimal(record.get(field, 0)), rate), payment.currency)
        for field in ("TotalAmt", "UnappliedAmt")
    )
    return Figures(total, ZERO, left)


def _figures(document: TradeDocument, record: Mapping[str, Any]) -> Figures:
    total = _amount(record, "TotalAmt", document.currency)
    balance = _amount(record, "Balance", document.currency)
    return Figures(total, _tax(document, record, total), balance)


def _tax(document: TradeDocument, record: Mapping[str, Any], total: Decimal) -> Decimal:
    """Return the tax; a US bill shows none, since it is in the cost of its lines.

    There it is the document's, as long as the total is.
    """
    if isinstance(document, Bill) and "TxnTaxDetail" not in record:
        totals = document.totals()
        return totals.tax if totals.total == total else ZERO
    return _amount(record.get("TxnTaxDetail", {}), "TotalTax", document.currency)


def _amount(record: Mapping[str, Any], field: str, currency: str) -> Decimal:
    return round_money(Decimal(record.get(field, 0)), currency)
