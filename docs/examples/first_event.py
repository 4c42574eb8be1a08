"""A service saves a customer and announces it, in one transaction."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from ledgerlane_outbox import OutboxMessage, append

ADD = text("INSERT INTO customers (id, name, version) VALUES (:id, :name, 1)")


async def add_customer(session: AsyncSession, customer: dict[str, str]) -> None:
    """Both rows become true when the caller commits, or neither does."""
    await session.execute(ADD, customer)
    event = OutboxMessage(
        type="customer.created.v1",
        source="/crm",
        tenant_id="larkspur",
        subject=f"customer/{customer['id']}",
        entity_version=1,
        payload=customer,
    )
    await append(session, event)
