"""Row-level security of a table with a tenant, for the revisions that make such tables."""

from typing import Final

from alembic import op

APP: Final = "ledgerlane_app"
LOOKUP: Final = "ledgerlane_lookup"


def secure(table: str, *, has_rows_of_platform: bool = False) -> None:
    """Show the rows of a table to the transactions that name their tenant, and to no other.

    The look-up role reads all of them, where the revision grants it the columns.

    Args:
        has_rows_of_platform: Whether a row may have no tenant; transactions that name none see
            such rows.
    """
    # The sub-select is a plan of its own, which is carried out once for a statement; without it
    # the setting would be read and parsed for each row.
    named = "tenant_id = ANY ((SELECT ledgerlane_tenants())::text[])"
    if has_rows_of_platform:
        none_named = "(SELECT COALESCE(cardinality(ledgerlane_tenants()), 0)) = 0"
        named = f"{named} OR (tenant_id IS NULL AND {none_named})"
    for statement in (
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY named_tenants ON {table} TO {APP} USING ({named}) WITH CHECK ({named})",
        f"CREATE POLICY every_tenant ON {table} FOR SELECT TO {LOOKUP} USING (TRUE)",
    ):
        op.execute(statement)


def unsecure(table: str) -> None:
    """Take row-level security from a table again."""
    for statement in (
        f"DROP POLICY every_tenant ON {table}",
        f"DROP POLICY named_tenants ON {table}",
        f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
    ):
        op.execute(statement)
