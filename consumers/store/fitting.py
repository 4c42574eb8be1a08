"""Makes what is sent about a record fit the outbox, however large the record is."""

from collections.abc import Collection, Mapping
from typing import Any, Final

import orjson

from ledgerlane_outbox.sizes import LARGEST_PAYLOAD, LARGEST_TEXT

LEFT_OUT: Final = "left_out"
"""The field that names what a payload was too small for, each with its size in bytes."""

_CUT: Final = "…"


def fitted(fields: Mapping[str, Any], *, keep: Collection[str]) -> bytes:
    """Return fields as JSON that the outbox accepts.

    Where they are too large together, the largest are left out until the rest fits: each is
    `null` then, and `left_out` has its size in bytes. What else there is of them stays in the
    database.

    Args:
        keep: The fields that are never left out; they are short.
    """
    written = orjson.dumps(fields)
    if len(written) <= LARGEST_PAYLOAD:
        return written
    sizes = {name: len(orjson.dumps(fields[name])) for name in fields if name not in keep}
    left_out: dict[str, int] = {}
    for name in sorted(sizes, key=sizes.__getitem__, reverse=True):
        left_out[name] = sizes[name]
        rest = dict.fromkeys(left_out)
        written = orjson.dumps({**fields, **rest, LEFT_OUT: left_out})
        if len(written) <= LARGEST_PAYLOAD:
            break
    return written


def shortened(text: str) -> str:
    """Return a text as a header, a key or an indexed column takes it: whole, or cut and marked.

    Platform and ledgers have no ids of that size; events that were sent around the outbox may.
    """
    encoded = text.encode()
    if len(encoded) <= LARGEST_TEXT:
        return text
    return encoded[: LARGEST_TEXT - len(_CUT.encode())].decode(errors="ignore") + _CUT
