"""Guards of the tenants' isolation: policies, roles, sessions, and the tokens."""

from typing import Final

from tests.mutations.mutation import Mutation

_EACH_TABLE: Final = "test_of_each_table_a_tenant_sees_and_changes_its_own_rows_only"
_FORCED: Final = "test_every_table_with_a_tenant_has_row_security_forced"

GUARDS: Final = (
    Mutation(
        guard="a policy lets through the rows of the named tenants only",
        folder="gateway/migrations",
        old='    named = "tenant_id = ANY ((SELECT ledgerlane_tenants())::text[])"',
        new='    named = "TRUE"',
        tests=(_EACH_TABLE,),
    ),
    Mutation(
        guard="what the transaction names is read once for a statement",
        folder="gateway/migrations",
        old="((SELECT ledgerlane_tenants())::text[])",
        new="(ledgerlane_tenants())",
        tests=("test_the_setting_is_read_once_for_a_statement",),
    ),
    Mutation(
        guard="row-level security binds the owner too",
        folder="gateway/migrations",
        old='        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",\n',
        new="",
        tests=(_FORCED,),
    ),
    Mutation(
        guard="every table with a tenant has policies",
        folder="gateway/migrations",
        old='    *("connections", "grants", "api_calls"),',
        new='    *("connections", "grants"),',
        tests=(_FORCED,),
    ),
    Mutation(
        guard="the application does not inherit what the look-up role sees",
        folder="gateway/database",
        old="    if standing.inherits:",
        new="    if standing.rolsuper:",
        tests=("test_a_role_that_inherits_what_the_look_up_role_sees_is_refused",),
    ),
    Mutation(
        guard="no question about all tenants reads a secret",
        folder="gateway/migrations",
        old='"GRANT SELECT (id, tenant_id, key_id, revision) ON grants TO {lookup}"',
        new='"GRANT SELECT ON grants TO {lookup}"',
        tests=("test_a_question_about_all_tenants_is_logged_and_changes_nothing",),
    ),
    Mutation(
        guard="a session takes on the role that the policies bind",
        folder="gateway/database",
        old="    SELECT set_config('role', :role, true),\n"
        "           set_config('ledgerlane.tenants', CAST(CAST(",
        new="    SELECT set_config('ledgerlane.role', :role, true),\n"
        "           set_config('ledgerlane.tenants', CAST(CAST(",
        tests=("test_without_a_tenant_named_no_row_is_seen",),
    ),
    Mutation(
        guard="role and tenants end with their transaction",
        folder="gateway/database",
        old="AS text[]) AS text), true)",
        new="AS text[]) AS text), false)",
        tests=("test_no_tenant_and_no_role_is_left_on_a_connection_that_is_used_again",),
    ),
    Mutation(
        guard="a role that passes row-level security is refused",
        folder="gateway/database",
        old="    if standing.rolsuper or standing.rolbypassrls:",
        new="    if standing.rolsuper:",
        tests=("test_a_role_above_row_security_is_refused",),
    ),
    Mutation(
        guard="a role that owns tables of tenants is refused",
        folder="gateway/database",
        old="    if standing.owned:",
        new="    if standing.owned is None:",
        tests=("test_a_role_that_owns_a_table_or_belongs_to_its_owner_is_refused",),
    ),
    Mutation(
        guard="nothing starts where row-level security is not forced",
        folder="gateway/database",
        old="    if standing.unforced:",
        new="    if standing.unforced is None:",
        tests=("test_the_product_does_not_start_where_a_table_has_no_row_security_forced",),
    ),
    Mutation(
        guard="asking for the secret of another tenant is a security event",
        folder="providers",
        old="                await report_foreign(database, connection, tenant)",
        new="                await database.rollback()",
        tests=(
            "test_the_secret_of_another_tenant_is_not_given_and_its_asking_is_a_security_event",
        ),
        claims=("TOK-12", "SEC-11"),
    ),
)
