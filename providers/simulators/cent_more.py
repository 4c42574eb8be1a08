"""An answer whose totals are one cent more than the books: a ledger that rounds otherwise."""

import re
from decimal import Decimal
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_TOTAL: Final = re.compile(
    rb'"(?P<name>TotalAmt|Total|Balance|AmountDue)":(?P<space>\s*)(?P<figure>\d+(\.\d+)?)'
)
_CENT: Final = Decimal("0.01")


async def answer_one_cent_more(
    app: ASGIApp, scope: Scope, receive: Receive, send: Send
) -> None:
    """Run the application; answer with one cent more on every total and balance."""
    held: list[Message] = []
    body = b""

    async def hold(message: Message) -> None:
        nonlocal body
        if message["type"] == "http.response.start":
            held.append(message)
        else:
            body += message.get("body", b"")

    await app(_wanting_plain_text(scope), receive, hold)
    [start] = held
    body = _TOTAL.sub(_one_more, body)
    others = [(name, value) for name, value in start["headers"] if name != b"content-length"]
    headers = [*others, (b"content-length", str(len(body)).encode())]
    await send({**start, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _wanting_plain_text(scope: Scope) -> Scope:
    # A packed body has no figures to be found.
    headers = [held for held in scope["headers"] if held[0] != b"accept-encoding"]
    return dict(scope, headers=headers)


def _one_more(match: re.Match[bytes]) -> bytes:
    figure = Decimal(match["figure"].decode()) + _CENT
    return b'"%s":%s%s' % (match["name"], match["space"], str(figure).encode())
