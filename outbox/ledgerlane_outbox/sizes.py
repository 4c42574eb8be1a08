"""The size budget of an event: what is larger is refused at the append, not parked by a relay.

A record on Kafka is the payload, the key and the headers. The largest that fits here stays
below what Ledgerlane's relay sends, 1,000,000 bytes, and below what a broker takes by default,
1,048,588 (``max.message.bytes``). `ddl.sql` has the same numbers in one function.
"""

from collections.abc import Mapping
from typing import Final

LARGEST_PAYLOAD: Final = 900_000
"""The largest payload in bytes, as it is published."""

LARGEST_TEXT: Final = 1_000
"""The largest topic, key or value of a header, in bytes of UTF-8."""

LARGEST_HEADERS: Final = 32_000
"""The largest sum of all names and values of headers, in bytes of UTF-8."""


def check_payload(payload: bytes, *, event: str) -> None:
    """Raise if a payload is too large.

    Args:
        event: The type of the event, for the message.

    Raises:
        ValueError: it is; the message says its size, the limit and what to do.
    """
    if len(payload) > LARGEST_PAYLOAD:
        raise ValueError(
            f"payload of {event} has {len(payload)} bytes, and at most {LARGEST_PAYLOAD} can "
            "be published: shorten its longest texts, or keep them elsewhere and send a link"
        )


def check_text(name: str, text: str) -> None:
    """Raise if a topic, a key or a header's value is too large.

    Raises:
        ValueError: it is; the message names it, its size, the limit and what to do.
    """
    # No character has more than four bytes.
    if len(text) > LARGEST_TEXT // 4 and (size := _bytes(text)) > LARGEST_TEXT:
        raise ValueError(
            f"{name} has {size} bytes, and at most {LARGEST_TEXT} can be published: "
            "pass an id or a short text, and put what is longer into the payload"
        )


def check_headers(headers: Mapping[str, str]) -> None:
    """Raise if all headers together are too large.

    Raises:
        ValueError: they are; the message says their size, the limit and what to do.
    """
    size = sum(_bytes(name) + _bytes(value) for name, value in headers.items())
    if size > LARGEST_HEADERS:
        raise ValueError(
            f"headers have {size} bytes together, and at most {LARGEST_HEADERS} can be "
            "published: pass fewer extensions, and put what they say into the payload"
        )


def _bytes(text: str) -> int:
    # A character that UTF-8 can't write is refused by the database, which names it.
    return len(text.encode("utf-8", "surrogatepass"))
