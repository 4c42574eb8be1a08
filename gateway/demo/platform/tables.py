"""The tables of the demo platform, without any reference to ledgers."""

from typing import Any, Final

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    ForeignKeyConstraint,
    Integer,
    MetaData,
    Numeric,
    SmallInteger,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB

metadata: Final = MetaData()


def _entity(name: str, *columns: Column[Any]) -> Table:
    """Return a table of business objects; ``version`` rises with every change of a row."""
    return Table(
        name,
        metadata,
        Column("tenant_id", Text, primary_key=True),
        Column("id", Text, primary_key=True),
        Column("version", Integer, nullable=False),
        *columns,
    )


def _part(name: str, owner: str, key: str, *columns: Column[Any]) -> Table:
    """Return a table of the parts of an object."""
    return Table(
        name,
        metadata,
        Column("tenant_id", Text, primary_key=True),
        Column(key, Text, primary_key=True),
        Column("position", SmallInteger, primary_key=True),
        *columns,
        ForeignKeyConstraint(["tenant_id", key], [f"{owner}.tenant_id", f"{owner}.id"]),
    )


def _number(name: str) -> Column[Any]:
    """Return a column of exact numbers: currencies have 0 to 4 decimals, prices have any."""
    return Column(name, Numeric, nullable=False)


def _text(name: str) -> Column[Any]:
    return Column(name, Text, nullable=False)


def _party(name: str, *columns: Column[Any]) -> Table:
    return _entity(
        name,
        _text("name"),
        _text("given_name"),
        _text("family_name"),
        Column("email", Text),
        _text("phone"),
        Column("address", JSONB, nullable=False),
        Column("active", Boolean, nullable=False),
        *columns,
    )


def _trade(name: str, party: str) -> Table:
    return _entity(
        name,
        _text("number"),
        _text(party),
        Column("issued_on", Date, nullable=False),
        Column("due_on", Date, nullable=False),
        _text("currency"),
        _text("tax_mode"),
        _text("status"),
        _text("reference"),
        Column("discount", JSONB),
        _number("net"),
        _number("tax"),
        _number("total"),
    )


def _lines(name: str, owner: str, key: str) -> Table:
    return _part(
        name,
        owner,
        key,
        _text("description"),
        Column("item_id", Text),
        Column("account_id", Text),
        _number("quantity"),
        _number("unit_price"),
        Column("discount", JSONB),
        _text("tax_code"),
        _number("tax_rate"),
        _number("net"),
        _number("tax"),
    )


accounts: Final = _entity(
    "accounts",
    _text("code"),
    _text("name"),
    _text("kind"),
    Column("active", Boolean, nullable=False),
)
customers: Final = _party("customers", Column("currency", Text))
vendors: Final = _party("vendors", _text("account_number"), Column("currency", Text))
items: Final = _entity(
    "items",
    _text("code"),
    _text("name"),
    _text("description"),
    _text("kind"),
    Column("sales_price", Numeric),
    Column("purchase_price", Numeric),
    Column("income_account_id", Text),
    Column("expense_account_id", Text),
    Column("active", Boolean, nullable=False),
)
invoices: Final = _trade("invoices", "customer_id")
invoice_lines: Final = _lines("invoice_lines", "invoices", "invoice_id")
bills: Final = _trade("bills", "vendor_id")
bill_lines: Final = _lines("bill_lines", "bills", "bill_id")
payments: Final = _entity(
    "payments",
    _text("customer_id"),
    Column("paid_on", Date, nullable=False),
    _text("currency"),
    _number("amount"),
    _text("reference"),
    Column("deposit_account_id", Text),
    _text("status"),
)
payment_allocations: Final = _part(
    "payment_allocations", "payments", "payment_id", _text("invoice_id"), _number("amount")
)
