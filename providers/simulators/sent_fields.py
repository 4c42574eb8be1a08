"""The fields of an OAuth request, whether a client sends a form or JSON.

Providers document one of the two for each endpoint and take both.
"""

import json
from collections.abc import Iterator

from starlette.datastructures import FormData
from starlette.requests import Request


async def sent_fields(request: Request) -> FormData:
    """Return the fields of a request's body; none when it is neither form nor JSON object."""
    body = await request.body()
    # By its first byte, as some clients send the one and announce the other.
    if body.lstrip()[:1] == b"{":
        return FormData(list(_members(body)))
    return await request.form()


def _members(body: bytes) -> Iterator[tuple[str, str]]:
    """Yield name and value of every member; a list becomes a field that is sent repeatedly."""
    try:
        parsed = json.loads(body)
    except ValueError:
        return
    for name, value in parsed.items():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, str | int | float) and not isinstance(one, bool):
                yield name, str(one)


def as_texts(fields: FormData) -> dict[str, str]:
    """Return the fields by name; of one that was sent repeatedly the last."""
    return {name: value for name, value in fields.items() if isinstance(value, str)}
