"""Texts as Xero reads them: numbers and codes trimmed, control characters refused.

Source: what integrators reported; by switch, as no page of Xero says it.
"""

from collections.abc import Mapping
from typing import Any, Final

from providers.simulators.control_characters import ControlCharacters, checked
from providers.simulators.xero.wire.errors import PostDataInvalid

_NUMBERS: Final = frozenset(
    {
        *("AccountCode", "AccountNumber", "BankAccountNumber", "COGSAccountCode", "Code"),
        *("ContactNumber", "CreditNoteNumber", "CurrencyCode", "InvoiceNumber", "ItemCode"),
        *("InventoryAssetAccountCode", "TaxType"),
    }
)


def read_texts(body: Any, *, trims: bool, control: ControlCharacters) -> Any:
    """Return a request's body as Xero reads its texts.

    Raises:
        PostDataInvalid: a text with a control character, where those are refused.
    """
    body = checked(body, control, _refusal)
    return _trimmed(body) if trims else body


def _refusal(name: str) -> PostDataInvalid:
    return PostDataInvalid(f"The {name} field contains an invalid character")


def _trimmed(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {
            name: one.strip() if name in _NUMBERS and isinstance(one, str) else _trimmed(one)
            for name, one in value.items()
        }
    return [_trimmed(one) for one in value] if isinstance(value, list) else value
