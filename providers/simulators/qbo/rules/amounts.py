"""The amounts of a record to the decimals of its currency, which is known only with its party.

Source: none; QuickBooks documents no minor units, so a switch says what it does.
"""

from decimal import Decimal
from typing import Any

from providers.simulators.minor_units import is_too_fine, to_unit
from providers.simulators.qbo.entities.kinds import FilledStruct, Kind, ListOf, Money, Struct
from providers.simulators.qbo.rules.drafts import Draft
from providers.simulators.qbo.wire import errors


def fit_amounts(draft: Draft) -> None:
    """Round every amount of the body, in place.

    Raises:
        QboRefused: 2090, an amount with too many decimals, where those are refused.
    """
    for name, known in draft.entity.properties.items():
        if draft.body.get(name) is not None:
            draft.body[name] = _fitted(draft, known.kind, name, draft.body[name])


def _fitted(draft: Draft, kind: Kind, name: str, value: Any) -> Any:
    if isinstance(kind, Money):
        return _amount(draft, name, value)
    if isinstance(kind, ListOf):
        value[:] = [_fitted(draft, kind.kind, name, one) for one in value]
    elif isinstance(kind, Struct | FilledStruct):
        for part in value.keys() & kind.fields.keys():
            value[part] = _fitted(draft, kind.fields[part], part, value[part])
    return value


def _amount(draft: Draft, name: str, amount: Decimal) -> Decimal:
    if is_too_fine(amount, draft.unit, draft.company.switches.minor_units):
        raise errors.bad_decimals(name, amount)
    return to_unit(amount, draft.unit)
