"""One Xero organisation as a ledger: what goes wrong with a document becomes its result."""

from collections.abc import Sequence

from providers.base import Operation, Profile, Result, Write
from providers.errors import Duplicate
from providers.http import RealmSession
from providers.xero.client import XeroClient
from providers.xero.lookup.finder import find
from providers.xero.preflight_errors import clash
from providers.xero.profile import read_profile
from providers.xero.requests import requests_for
from providers.xero.void import settled_void
from providers.xero.write import Results, send_all


class XeroLedger:
    """The books of a session's realm. Documents of a type go together, in a call of many."""

    def __init__(self, session: RealmSession) -> None:
        self._realm = session.realm
        self._client = XeroClient(session)

    async def write(self, operation: Operation, writes: Sequence[Write]) -> Sequence[Result]:
        """Return one result per write, in order; a refused void is looked at again."""
        requests, refusals = requests_for(operation, writes, self._realm)
        results: Results = {**refusals, **await send_all(self._client, requests)}
        return [
            await self._settled(operation, write, results[position])
            for position, write in enumerate(writes)
        ]

    async def find(self, writes: Sequence[Write]) -> Sequence[Result | None]:
        """Return one result per write, in order."""
        return await find(self._client, writes)

    async def describe(self) -> Profile:
        """Return what the mapping needs to know about the organisation."""
        return await read_profile(self._client)

    async def _settled(self, operation: Operation, write: Write, result: Result) -> Result:
        if operation is Operation.VOID:
            return await settled_void(self._client, write, result)
        if operation is Operation.UPDATE and isinstance(result, Duplicate):
            return clash(result)
        return result
