"""How the time of a write to the Xero simulator grows with what it holds.

Prints the time per write at 1,000 and at 50,000 documents, and their ratio; a simulator that
walked its documents on every write would show about 50. Run it as a script.
"""

import asyncio
import sys
from collections.abc import Callable
from time import perf_counter
from typing import Any

from tests.unit.simulators.xero.harness import XeroHarness, config, invoice, payment

FEW, MANY = 1_000, 50_000
BATCH = 500
SAMPLE = 300


async def fill(xero: XeroHarness, up_to: int, start: int) -> None:
    """Bring the organisation to ``up_to`` invoices of 1,000 contacts."""
    for first in range(start, up_to, BATCH):
        sent = [numbered(i) for i in range(first, first + BATCH)]
        await xero.ok("PUT", "Invoices", {"Invoices": sent})


def numbered(i: int) -> dict[str, Any]:
    """Return the i-th invoice."""
    return invoice(InvoiceNumber=f"F-{i}", Contact={"Name": f"Contact {i % 1000}"})


async def time_of(xero: XeroHarness, write: Callable[[int], Any]) -> float:
    """Return the mean seconds of a write."""
    begun = perf_counter()
    for i in range(SAMPLE):
        await write(i)
    return (perf_counter() - begun) / SAMPLE


async def measured(xero: XeroHarness, mark: str) -> dict[str, float]:
    """Return the mean seconds of each kind of write, at the present size."""
    made: list[str] = []

    async def create(i: int) -> None:
        one = await xero.one("PUT", "Invoices", invoice(InvoiceNumber=f"{mark}-{i}"))
        made.append(one["InvoiceID"])

    async def update(i: int) -> None:
        await xero.ok("POST", f"Invoices/{made[i]}", {"Reference": str(i)})

    async def pay(i: int) -> None:
        await xero.ok("PUT", "Payments", payment(made[i], "115"))

    async def contact(i: int) -> None:
        await xero.ok("PUT", "Contacts", {"Name": f"{mark} {i}", "ContactNumber": f"{mark}{i}"})

    async def look_up(i: int) -> None:
        await xero.ok("GET", "Invoices", InvoiceNumbers=f"{mark}-{i}")

    steps = {"create": create, "update": update, "pay": pay, "contact": contact}
    return {
        name: await time_of(xero, write)
        for name, write in {**steps, "look up": look_up}.items()
    }


async def run() -> None:
    """Measure at both sizes and print."""
    async with XeroHarness(config()) as xero:
        await xero.connect()
        await fill(xero, FEW, 0)
        small = await measured(xero, "S")
        await fill(xero, MANY, FEW)
        large = await measured(xero, "L")
        begun = perf_counter()
        await xero.ok("GET", "Invoices", page="20", pageSize="100")
        page_s = perf_counter() - begun
    for name, seconds in small.items():
        line = f"{name:8} {seconds * 1e3:7.2f} ms {large[name] * 1e3:7.2f} ms"
        sys.stdout.write(f"{line}  ratio {large[name] / seconds:.2f}\n")
    sys.stdout.write(
        f"a page of 100 at {MANY} invoices, after a write: {page_s * 1e3:.0f} ms\n"
    )


if __name__ == "__main__":
    asyncio.run(run())
