"""The business of every tenant as a list of actions: pure, the same for the same seed."""

from collections import deque
from collections.abc import Callable, Sequence
from datetime import date
from itertools import chain, zip_longest

from gateway.demo.business.actions import Action
from gateway.demo.business.business_simulator import Desk
from gateway.demo.business.document_factory import Drafting
from gateway.demo.business.document_mix import CREATING, Card, deck_of, first_customers, mix_of
from gateway.demo.business.scenario import Tenant
from gateway.demo.business.seeded_random import Dice


def traffic(
    tenants: Sequence[Tenant], *, documents: int, seed: int, today: date
) -> list[Action]:
    """Make up everything that the tenants do, in the order in which they do it.

    The same arguments give the same actions. Every state of every document is one that both
    providers can hold: payments are allocated in full and never edited, invoices are edited
    and voided only while nothing was ever paid on them.

    Args:
        documents: How many documents there are in the end, over all tenants.
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
    dice = Dice(f"{seed}/{tenant.id}")
    desk = Desk(tenant.id, Drafting(tenant, dice, today=today), dice, today=today)
    mix = mix_of(documents, accounts=len(tenant.chart))
    desk.open_chart()
    for _ in range(first_customers(mix)):
        desk.meet_customer()
    for _ in range(mix.items):
        desk.add_item()
    for _ in range(mix.vendors):
        desk.meet_vendor()
    _play(desk, deck_of(mix, dice))
    return desk.actions


def _play(desk: Desk, deck: Sequence[Card]) -> None:
    """Do what the cards say; what is not possible yet comes again at the end.

    What is not possible even then: a document becomes an invoice, a change is left out.
    """
    hands: dict[Card, Callable[[], bool]] = {
        Card.CUSTOMER: desk.meet_customer,
        Card.WALK_IN: desk.serve_walk_in,
        Card.INVOICE: desk.issue_invoice,
        Card.INVOICE_DRAFT: desk.draft_invoice,
        Card.BILL: desk.receive_bill,
        Card.BILL_DRAFT: desk.draft_bill,
        Card.PAYMENT: desk.take_payment,
        Card.RENAME: desk.rename_customer,
        Card.NEW_EMAIL: desk.change_email,
        Card.AMEND: desk.amend_invoice,
        Card.APPROVE_BILL: desk.approve_bill,
        Card.VOID_INVOICE: desk.void_invoice,
        Card.VOID_PAYMENT: desk.void_payment,
        Card.VOID_BILL: desk.void_bill,
    }
    later = deque(card for card in deck if not hands[card]())
    for card in later:
        if not hands[card]() and card in CREATING:
            desk.issue_invoice()
