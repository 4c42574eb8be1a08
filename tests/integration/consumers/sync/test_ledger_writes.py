"""Both providers pass the contract that the simulation's ledger passes, over HTTP."""

from tests.contracts.ledger_writes import LedgerWritesContract


class TestProvidersLedgers(LedgerWritesContract):
    """The fixture ``company`` is a company of each provider."""
