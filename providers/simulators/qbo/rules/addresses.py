"""The ids of addresses: each has one, which stays when the address is changed.

Source: Intuit Accounting API, PhysicalAddress; recorded responses.
"""

from providers.simulators.qbo.entities.kinds import ADDRESS
from providers.simulators.qbo.rules.drafts import Draft


def identify_addresses(draft: Draft) -> None:
    """Set the id of every address of the body that has none: the one it had, or a new one.

    A document that takes an address over from its customer shows it with the customer's id.
    """
    for name, known in draft.entity.properties.items():
        held = draft.body.get(name)
        if known.kind is ADDRESS and held and "Id" not in held:
            before = (draft.old.body.get(name) or {}) if draft.old else {}
            kept = before.get("Id") or draft.company.next_address_id()
            draft.body[name] = {"Id": kept, **held}
