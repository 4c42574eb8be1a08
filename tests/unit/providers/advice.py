"""What a person must be told of every fault, whichever provider it comes from."""

from functools import cache
from typing import Final

from schemas.errors import PAGE, Reason
from tests.unit.docs.pages import Page

# What is left of a cause without the provider's own text must still be a statement.
_WORDS_OF_OURS: Final = 3


def assert_says_what_to_do(reason: Reason, said: str) -> None:
    """Assert cause, remedy and link; ``said`` is the provider's own text."""
    assert len(reason.cause.replace(said, "").split()) >= _WORDS_OF_OURS, "in words of ours"
    assert reason.fix.endswith(".")
    assert said not in reason.fix
    page, _, anchor = reason.link.partition("#")
    assert page == PAGE
    assert anchor in _anchors()


@cache
def _anchors() -> set[str]:
    return Page(PAGE).anchors
