"""What the release of revision 0007 reads of documents, for going back to it.

Its schema as it was, and nothing of today's, which may change. One document that it can't read
fails every try of its company's lane there.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

Id = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Text = Annotated[str, StringConstraints(max_length=255)]
LongText = Annotated[str, StringConstraints(max_length=4000)]
Short = Annotated[str, StringConstraints(max_length=30)]
Hundred = Annotated[str, StringConstraints(max_length=100)]
Number = Annotated[str, StringConstraints(min_length=1, max_length=255, pattern=r"^[ -~]+$")]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
# Less than its checker of addresses took, which also knew the domains that nobody may use.
_WORD: Final = r"[A-Za-z0-9]+([_+-][A-Za-z0-9]+)*"
_LABEL: Final = r"[A-Za-z0-9]+(-[A-Za-z0-9]+)*"
Email = Annotated[
    str,
    StringConstraints(
        max_length=60,
        pattern=rf"^{_WORD}(\.{_WORD})*@({_LABEL}\.)+(com|net|org|io|[a-z]{{2}})$",
    ),
]
Cents = Annotated[Decimal, Field(max_digits=15, decimal_places=2)]
Price = Annotated[Decimal, Field(max_digits=15, decimal_places=4)]
Quantity = Annotated[Decimal, Field(max_digits=13, decimal_places=4)]
Percent = Annotated[Decimal, Field(ge=0, le=100, decimal_places=4)]
Status = Literal["draft", "approved", "voided"]


class _Value(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class _Address(_Value):
    lines: Annotated[tuple[Text, ...], Field(max_length=4)] = ()
    city: Text = ""
    region: Text = ""
    postal_code: Short = ""
    country: Annotated[str, StringConstraints(pattern=r"^([A-Z]{2})?$")] = ""


class _Customer(_Value):
    id: Id
    name: Annotated[str, StringConstraints(min_length=1, max_length=255)]
    company_name: Text = ""
    given_name: Hundred = ""
    family_name: Hundred = ""
    email: Email | None = None
    phone: Short = ""
    address: _Address = _Address()
    currency: Currency | None = None
    active: bool = True


class _Vendor(_Customer):
    account_number: Text = ""


class _Account(_Value):
    id: Id
    code: Annotated[str, StringConstraints(min_length=1, max_length=10, pattern=r"^[^:\"]+$")]
    name: Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^:\"]+$")]
    kind: str
    active: bool = True


class _Item(_Value):
    id: Id
    code: Annotated[str, StringConstraints(min_length=1, max_length=30)]
    name: Annotated[str, StringConstraints(min_length=1, max_length=50, pattern=r"^[^:]+$")]
    description: LongText = ""
    kind: str = ""
    sales_price: Price | None = None
    purchase_price: Price | None = None
    income_account_id: Id | None = None
    expense_account_id: Id | None = None
    active: bool = True


class _Discount(_Value):
    percent: Percent | None = None
    amount: Cents | None = None


class _Line(_Value):
    id: Id
    description: LongText = ""
    item_id: Id | None = None
    account_id: Id | None = None
    quantity: Quantity = Decimal(1)
    unit_price: Price
    discount: _Discount | None = None
    tax_code: Short = ""
    tax_rate: Percent = Decimal(0)
    class_code: Hundred = ""


class _Trade(_Value):
    id: Id
    number: Number
    issued_on: date
    due_on: date
    currency: Currency
    tax_mode: str = ""
    lines: tuple[_Line, ...]
    discount: _Discount | None = None
    reference: Text = ""
    status: Status = "approved"
    # It takes figures that are exactly what it computes itself, by a rule that is no more.
    tax_total: None = None
    total: None = None


class _Invoice(_Trade):
    customer_id: Id


class _Bill(_Trade):
    vendor_id: Id


class _Allocation(_Value):
    invoice_id: Id
    amount: Cents


class _Payment(_Value):
    id: Id
    customer_id: Id
    paid_on: date
    currency: Currency
    amount: Cents
    allocations: tuple[_Allocation, ...] = ()
    reference: Annotated[str, StringConstraints(max_length=21)] = ""
    deposit_account_id: Id | None = None
    status: Status = "approved"


_LARGEST: Final = Decimal("9999999999.99")
_MODELS: Final[Mapping[str, type[_Value]]] = {
    "account": _Account,
    "bill": _Bill,
    "customer": _Customer,
    "invoice": _Invoice,
    "item": _Item,
    "payment": _Payment,
    "vendor": _Vendor,
}


def is_surely_read(document_type: str, document: str) -> bool:
    """Return whether the older release surely reads a document, which is JSON text."""
    try:
        found = _MODELS[document_type].model_validate_json(document)
    except ValidationError:
        return False
    return not isinstance(found, _Trade) or _is_usual(found)


def _is_usual(found: _Trade) -> bool:
    """Return whether a trade document is due after its date, and no line of it is too large."""
    amounts = (abs(line.quantity * line.unit_price) for line in found.lines)
    return found.issued_on <= found.due_on and all(one < _LARGEST for one in amounts)
