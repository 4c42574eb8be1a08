"""Looking documents up with a call or two for each."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from providers.base import Result, Write
from providers.errors import Down, ProviderError, Retryable

D = TypeVar("D")


async def one_by_one(
    pairs: Sequence[tuple[Write, D]], look: Callable[[Write, D], Awaitable[Result | None]]
) -> Sequence[Result | None]:
    """Return one result per document, in order; no call is made after one that failed.

    What was found before that counts. Those that are left were not asked for, so the failure
    costs them no attempt: a long list gets done in parts where calls fail now and then.

    Raises:
        ProviderError: the first look-up failed.
    """
    results: list[Result | None] = []
    for write, document in pairs:
        try:
            results.append(await look(write, document))
        except ProviderError as error:
            if not results:
                raise
            # `Down` is the one retryable error that uses no attempt up.
            left = Down(error.reason) if isinstance(error, Retryable) else error
            return [*results, error, *[left] * (len(pairs) - len(results) - 1)]
    return results
