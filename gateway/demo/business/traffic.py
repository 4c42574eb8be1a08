"""The business of every tenant as a list of actions: pure, the same for the same seed."""

from collections import deque
from collections.abc import Callable, Sequence
from datetime import date
from itertools import chain, zip_longest

from gateway.demo.business.actions import Action
from gateway.demo.business.business_simulator import BusinessSimulator
from gateway.demo.business.document_factory import DocumentFactory
from gateway.demo.business.document_mix import (
    CREATING,
    BusinessStep,
    document_mix,
    first_customers,
    steps_of,
)
from gateway.demo.business.scenario import Tenant
from gateway.demo.business.seeded_random import SeededRandom


def traffic(
    tenants: Sequence[Tenant], *, documents: int, seed: int, today: date
) -> list[Action]:
    """Return all actions of the tenants, in order.

    The same arguments give the same actions. Every state of every document is one that both
    providers can hold: payments are allocated in full and never edited, invoices are edited
    and voided only while nothing was ever paid on them.

    Args:
        documents: The number of documents in the end, over all tenants.
    """
    shares = _shares(documents, len(tenants))
    of_tenants = [
        _business(tenant, share, seed=seed, today=today)
        for tenant, share in zip(tenants, shares, strict=True)
    ]
    taken_in_turn = chain.from_iterable(zip_longest(*of_tenants))
    return [action for action in taken_in_turn if action is not None]


def _shares(documents: int, tenants: int) -> list[int]:
    each, more = divmod(documents, tenants)
    return [each + (i < more) for i in range(tenants)]


def _business(tenant: Tenant, documents: int, *, seed: int, today: date) -> list[Action]:
    rng = SeededRandom(f"{seed}/{tenant.id}")
    business = BusinessSimulator(
        tenant.id, DocumentFactory(tenant, rng, today=today), rng, today=today
    )
    mix = document_mix(documents, accounts=len(tenant.chart))
    business.open_chart()
    for _ in range(first_customers(mix)):
        business.meet_customer()
    for _ in range(mix.items):
        business.add_item()
    for _ in range(mix.vendors):
        business.meet_vendor()
    _carry_out(business, steps_of(mix, rng))
    return business.actions


def _carry_out(business: BusinessSimulator, steps: Sequence[BusinessStep]) -> None:
    """Carry out the steps; a step that is not possible yet is repeated at the end.

    Where it is not possible then either, a new document becomes an invoice, and a change is
    left out.
    """
    methods: dict[BusinessStep, Callable[[], bool]] = {
        BusinessStep.CUSTOMER: business.meet_customer,
        BusinessStep.WALK_IN: business.serve_walk_in,
        BusinessStep.INVOICE: business.issue_invoice,
        BusinessStep.INVOICE_DRAFT: business.draft_invoice,
        BusinessStep.BILL: business.receive_bill,
        BusinessStep.BILL_DRAFT: business.draft_bill,
        BusinessStep.PAYMENT: business.take_payment,
        BusinessStep.RENAME: business.rename_customer,
        BusinessStep.NEW_EMAIL: business.change_email,
        BusinessStep.AMEND: business.amend_invoice,
        BusinessStep.APPROVE_BILL: business.approve_bill,
        BusinessStep.VOID_INVOICE: business.void_invoice,
        BusinessStep.VOID_PAYMENT: business.void_payment,
        BusinessStep.VOID_BILL: business.void_bill,
    }
    later = deque(step for step in steps if not methods[step]())
    for step in later:
        if not methods[step]() and step in CREATING:
            business.issue_invoice()
