"""What an operator decides on parked rows, in tests."""

from producers.maintenance.parked import Decision, ParkedFilter, decide, list_parked
from producers.maintenance.session import open_session


async def retry_first(database_url: str, key: str) -> None:
    """Decide that the first parked row of a key is to be retried."""
    async with open_session(database_url) as session:
        heads = ParkedFilter(key=key, heads_only=True)
        (head,) = await list_parked(session, heads, limit=10)
        assert await decide(session, [head.seq], Decision.RETRY) == {head.seq}
