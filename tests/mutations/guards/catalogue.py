"""Every guard of every room."""

from typing import Final

from tests.mutations.guards import (
    companies,
    gateway,
    intake,
    lanes,
    outbox,
    providers,
    publishers,
    qbo,
    relay,
    schemas,
    store,
    sync,
    tenants,
    xero,
)
from tests.mutations.mutation import Mutation

GUARDS: Final[tuple[Mutation, ...]] = (
    *schemas.GUARDS,
    *sync.GUARDS,
    *companies.GUARDS,
    *store.GUARDS,
    *lanes.GUARDS,
    *intake.GUARDS,
    *outbox.GUARDS,
    *relay.GUARDS,
    *publishers.GUARDS,
    *providers.GUARDS,
    *qbo.GUARDS,
    *xero.GUARDS,
    *gateway.GUARDS,
    *tenants.GUARDS,
)
