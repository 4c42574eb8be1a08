"""How the time of a call to the QuickBooks simulator grows with what it holds.

Prints the time per call at 1,000 and at 50,000 invoices, and their ratio; a simulator that
walked its documents on every write would show about 50. Run it as a script.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import Any

from tests.unit.simulators.qbo.books import US, Books, handle, line, simulator

FEW, MANY = 1_000, 50_000
CUSTOMERS = 500
BATCH = 30
SAMPLE = 300


async def fill(books: Books, start: int, up_to: int) -> None:
    """Bring the company to ``up_to`` invoices of 500 customers."""
    for first in range(start, up_to, BATCH):
        numbers = range(first, min(first + BATCH, up_to))
        items = [{"bId": str(n), "operation": "create", "Invoice": bulk(n)} for n in numbers]
        answer = await books.ask("POST", "batch", {"BatchItemRequest": items})
        assert b"Fault" not in answer.content


def bulk(number: int) -> dict[str, Any]:
    """Return the invoice with this number."""
    customer = str(number % CUSTOMERS + 1)
    held = {"CustomerRef": {"value": customer}, "Line": [line("10", "TAX")]}
    return held | {"DocNumber": f"F-{number}", "PrivateNote": f"ext:{number}"}


async def time_of(call: Callable[[int], Awaitable[Any]]) -> float:
    """Return the mean seconds of a call."""
    begun = perf_counter()
    for number in range(SAMPLE):
        await call(number)
    return (perf_counter() - begun) / SAMPLE


async def measured(books: Books, mark: str) -> dict[str, float]:
    """Return the mean seconds of each kind of call, at the present size."""
    made: list[Any] = []
    paid: list[Any] = []

    async def create(number: int) -> None:
        body = bulk(0) | {"DocNumber": f"{mark}-{number}"}
        made.append(await books.post("Invoice", body))

    async def update(number: int) -> None:
        note = handle(made[number], sparse=True, PrivateNote="changed")
        made[number] = await books.post("Invoice", note)

    async def pay(number: int) -> None:
        invoice = {f"i{made[number]['Id']}": "10"}
        paid.append(await books.pay(made[number]["CustomerRef"]["value"], "10", **invoice))

    async def void(number: int) -> None:
        await books.post("Payment", handle(paid[number], sparse=True), include="void")

    async def delete(number: int) -> None:
        await books.post("Invoice", handle(made[number]), operation="delete")

    async def customer(number: int) -> None:
        await books.customer(f"{mark} {number}")

    async def look_up(number: int) -> None:
        await books.select("Invoice", f"where DocNumber = 'F-{number}'")

    steps = [create, update, pay, void, delete, customer, look_up]
    return {step.__name__: await time_of(step) for step in steps}


async def run() -> None:
    """Measure at both sizes and print."""
    async with simulator() as http:
        books = await Books(http, US).connect()
        for number in range(CUSTOMERS):
            await books.customer(f"Customer {number}")
        await fill(books, 0, FEW)
        small = await measured(books, "S")
        await fill(books, FEW, MANY)
        large = await measured(books, "L")
        begun = perf_counter()
        await books.select("Invoice", "startposition 20001 maxresults 1000")
        page_s = perf_counter() - begun
    for name, seconds in small.items():
        shown = f"{name:9} {seconds * 1e3:7.2f} ms {large[name] * 1e3:7.2f} ms"
        sys.stdout.write(f"{shown}  ratio {large[name] / seconds:.2f}\n")
    sys.stdout.write(f"a page of 1,000 of {MANY} invoices: {page_s * 1e3:.0f} ms\n")


if __name__ == "__main__":
    asyncio.run(run())
