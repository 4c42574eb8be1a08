"""Reading what Xero says went wrong, in any of the shapes that it says it in.

Source: Xero developer page "HTTP Response Codes & Errors", read 2026-09. A body may be JSON,
text or HTML whatever the status says.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from providers.errors import Unavailable
from providers.http import Reply, no_answer

_SHOWN_CHARACTERS: Final = 200


def messages_in(value: Any) -> Iterator[str]:
    """Yield the validation messages of an element and of everything nested in it."""
    if isinstance(value, Mapping):
        for error in value.get("ValidationErrors") or ():
            yield str(error.get("Message") or error.get("Description") or "")
        for name, member in value.items():
            if name != "ValidationErrors":
                yield from messages_in(member)
    elif isinstance(value, list):
        for member in value:
            yield from messages_in(member)


def json_object(reply: Reply) -> Mapping[str, Any]:
    """Return the body as an object; an empty one where it is anything else."""
    try:
        body = reply.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def parsed(reply: Reply) -> Any:
    """Return the answer to a read.

    Raises:
        Unavailable: it is not JSON, so something else than Xero's API answered.
    """
    try:
        return reply.json()
    except ValueError as exc:
        raise Unavailable(no_answer("no JSON"), trace_id=reply.trace_id) from exc


def told(reply: Reply) -> str:
    """Return the answer's own words, shortened: its message, else its text."""
    body = json_object(reply)
    said = " ".join(
        str(body[name]) for name in ("ErrorNumber", "Type", "Message") if name in body
    )
    return shorten(said or reply.content.decode(errors="replace")) or f"HTTP {reply.status}"


def shorten(text: str) -> str:
    """Return a provider's text, cut to what is worth keeping."""
    return " ".join(text.split())[:_SHOWN_CHARACTERS]
