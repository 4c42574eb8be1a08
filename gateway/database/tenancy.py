"""The role under which the product works in its database, and whether it keeps tenants apart.

Row-level security holds for a role that is no superuser, has no BYPASSRLS and owns nothing.
Migrations make the roles; the statements of the product run under them whoever logged in.
"""

from typing import Final

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.errors import UnsafeRole

APP_ROLE: Final = "ledgerlane_app"
"""Sees and changes the rows of the tenants that its transaction names, and no other."""

LOOKUP_ROLE: Final = "ledgerlane_lookup"
"""Sees the rows of all tenants and changes none; owns the functions that return ids."""

# One statement, as every transaction begins with it. Both are local to the transaction: the
# pool hands the connection to other tenants afterwards.
BEGIN: Final = text("""
    SELECT set_config('role', :role, true),
           set_config('ledgerlane.tenants', CAST(CAST(:tenants AS text[]) AS text), true)
""")
BEGIN_FOR_OWNERS: Final = text("""
    SELECT set_config('role', :role, true),
           set_config('ledgerlane.tenants', CAST(ARRAY(
               SELECT ledgerlane_owners_of(CAST(:connections AS uuid[]))) AS text), true)
""")

_REFUSED: Final = frozenset({"42501", "22023"})  # no right to the role, or there is none
_ROLE: Final = text("SELECT set_config('role', :role, true)")
_STANDING: Final = text("""
    SELECT r.rolsuper, r.rolbypassrls,
           pg_has_role(r.oid, :lookup, 'USAGE') AS inherits,
           COALESCE(array_agg(c.relname ORDER BY c.relname)
                    FILTER (WHERE pg_has_role(r.oid, c.relowner, 'MEMBER')), '{}') AS owned,
           COALESCE(array_agg(c.relname ORDER BY c.relname)
                    FILTER (WHERE NOT (c.relrowsecurity AND c.relforcerowsecurity)), '{}')
           AS unforced
      FROM pg_roles r
      LEFT JOIN (pg_class c
                 JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
                                    AND NOT a.attisdropped)
        ON c.relkind IN ('r', 'p') AND c.relnamespace = CAST(current_schema() AS regnamespace)
       AND c.relname NOT LIKE 'ledgerlane\\_outbox%'
     WHERE r.rolname = current_user
     GROUP BY r.oid, r.rolsuper, r.rolbypassrls
""")


async def read_all_tenants(connection: AsyncConnection) -> None:
    """Make a transaction one that reads the rows of all tenants, and changes none."""
    await connection.execute(BEGIN, {"role": LOOKUP_ROLE, "tenants": []})


async def check_role(engine: AsyncEngine) -> None:
    """Check that the product's role keeps tenants apart in this database.

    Raises:
        UnsafeRole: it may not be taken on, or is above row-level security, or a table of
            tenants has none.
    """
    async with engine.begin() as connection:
        try:
            await connection.execute(_ROLE, {"role": APP_ROLE})
        except DBAPIError as exc:
            if getattr(exc.orig, "sqlstate", "") not in _REFUSED:
                raise
            raise UnsafeRole(
                f"the database's login may not become {APP_ROLE}: let an administrator run "
                f"`GRANT {APP_ROLE} TO {engine.url.username}`"
            ) from exc
        await check_standing(connection, APP_ROLE)


async def check_standing(connection: AsyncConnection, role: str) -> None:
    """Check that the role that a connection works under is bound by row-level security.

    Raises:
        UnsafeRole: it is not, or inherits a policy that shows all rows, or a table of tenants
            has no policy.
    """
    standing = (await connection.execute(_STANDING, {"lookup": LOOKUP_ROLE})).one()
    if standing.rolsuper or standing.rolbypassrls:
        said = "is a superuser" if standing.rolsuper else "has BYPASSRLS"
        raise UnsafeRole(
            f"the database role {role} {said}, so tenants are not kept apart: "
            f"run `ALTER ROLE {role} NOSUPERUSER NOBYPASSRLS`"
        )
    if standing.inherits:
        raise UnsafeRole(
            f"the database role {role} inherits what {LOOKUP_ROLE} sees, the rows of all "
            f"tenants: run `ALTER ROLE {role} NOINHERIT`, then `REVOKE {LOOKUP_ROLE} FROM "
            f"{role}` and `GRANT {LOOKUP_ROLE} TO {role}`"
        )
    if standing.owned:
        raise UnsafeRole(
            f"the database role {role} owns {', '.join(standing.owned)}, or is a member of "
            "the role that does, so it can switch row-level security off: "
            "give the tables to another role, or revoke the membership"
        )
    if standing.unforced:
        raise UnsafeRole(
            f"row-level security is not forced on {', '.join(standing.unforced)}: run "
            "`ALTER TABLE ... ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY` on each"
        )
