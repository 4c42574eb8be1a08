"""Names: unique, up to five levels deep, and freed when a record is made inactive.

Source: Intuit Accounting API, name rules of Customer, Vendor, Item, Account.
"""

from providers.simulators.qbo.books.table import Record, index_key
from providers.simulators.qbo.rules.drafts import Draft
from providers.simulators.qbo.wire import errors

SUFFIX = " (deleted)"
DEEPEST = 5


def complete_activity(draft: Draft, name: str) -> None:
    """Mark the name of a record that becomes inactive, so that the name is free again."""
    was_active = draft.old is not None and draft.old.body.get("Active", True)
    value = draft.body[name]
    if draft.company.switches.inactive_names == "kept":
        return
    if was_active and not draft.body.get("Active", True):
        # The suffix frees the name for a new record (seen).
        draft.body[name] = value + SUFFIX
    elif (
        draft.old is not None
        and not was_active
        and draft.body.get("Active", True)
        and draft.company.switches.reactivation_strips_suffix
    ):
        draft.body[name] = value.removesuffix(SUFFIX)


def complete_full_name(draft: Draft, name: str) -> int:
    """Set FullyQualifiedName from the ancestors; return the level, 0 at the top.

    Raises:
        QboRefused: 6180, more than five levels; 700-like 6000, a record under itself.
    """
    chain = [draft.body[name]]
    above = _parent(draft, draft.reference("ParentRef"))
    while above is not None:
        if draft.is_own(above):
            raise errors.business("A record cannot be its own parent.", "ParentRef")
        chain.append(above.body[name])
        if len(chain) > DEEPEST:
            raise errors.too_deep()
        held = above.body.get("ParentRef")
        above = _parent(draft, held["value"] if held else None)
    draft.body["FullyQualifiedName"] = ":".join(reversed(chain))
    return len(chain) - 1


def _parent(draft: Draft, parent_id: str | None) -> Record | None:
    return draft.company.table(draft.entity.name).get(parent_id) if parent_id else None


def check_unique(draft: Draft, name: str) -> None:
    """Refuse a name that another record of the entity has.

    Raises:
        QboRefused: 6240.
    """
    if not draft.body.get("Active", True) or _unchanged(draft, name):
        return
    for record in draft.company.table(draft.entity.name).find(name, draft.body[name]):
        if not draft.is_own(record) and _competes(draft, record, name):
            raise _duplicate(draft, record)


def check_unique_person(draft: Draft) -> None:
    """Refuse a display name that a customer, vendor or employee has.

    Raises:
        QboRefused: 6240.
    """
    if not draft.body.get("Active", True) or _unchanged(draft, "DisplayName"):
        return
    # Customers, vendors and employees share one set of names (documented: DisplayName).
    for holder in draft.company.named(draft.body["DisplayName"]):
        if not draft.is_own(holder) and _competes(draft, holder, "DisplayName"):
            raise _duplicate(draft, holder)


def _competes(draft: Draft, holder: Record, name: str) -> bool:
    """Return whether a record of the same letters has the same name."""
    heeded = draft.company.switches.name_case == "heeded"
    return not heeded or str(holder.body[name]).strip() == str(draft.body[name]).strip()


def _unchanged(draft: Draft, name: str) -> bool:
    return draft.old is not None and index_key(draft.old.body.get(name)) == index_key(
        draft.body[name]
    )


def _duplicate(draft: Draft, holder: Record) -> errors.QboRefused:
    return errors.duplicate_name(holder.id, form=draft.company.switches.duplicate_name_detail)
