"""Guards of the outbox's statements."""

from typing import Final

from tests.mutations.mutation import Mutation

GUARDS: Final = (
    Mutation(
        guard="a late commit with small numbers is not skipped",
        folder="outbox/ledgerlane_outbox",
        old=(
            "                    WHERE xid = ANY (ARRAY(SELECT pg_snapshot_xip($1::text::pg_snapshot)))\n"
            "                  ) AS unseen"
        ),
        new=("                    WHERE xid IS NULL\n                  ) AS unseen"),
        tests=("test_a_late_commit_with_small_numbers_is_not_skipped",),
        claims=("GWY-04",),
    ),
    Mutation(
        guard="rows come in the order of their numbers",
        folder="outbox/ledgerlane_outbox",
        old="            ORDER BY seq + 0\n",
        new="            ORDER BY seq % 7\n",
        tests=("test_a_poll_gives_the_lowest_numbers_first",),
        claims=("GWY-04",),
    ),
    Mutation(
        guard="a page shows no row that its end does not show",
        folder="outbox/ledgerlane_outbox",
        old="       AND pg_visible_in_snapshot(xid, (SELECT $2::text::pg_snapshot))\n",
        new="       AND $2::text IS NOT NULL\n",
        tests=("test_a_large_difference_is_paged_in_order_from_a_frozen_end",),
    ),
    Mutation(
        guard="a payload that no relay sends is refused at the append",
        folder="outbox/ledgerlane_outbox",
        old="    if len(payload) > LARGEST_PAYLOAD:",
        new="    if len(payload) > 100 * LARGEST_PAYLOAD:",
        tests=(
            "test_an_invoice_of_500_lines_of_4000_characters_is_refused_with_its_size",
            "test_a_payload_is_taken_up_to_the_limit_in_bytes_and_not_beyond",
        ),
        claims=("DRV-30",),
    ),
    Mutation(
        guard="a text is measured in bytes",
        folder="outbox/ledgerlane_outbox",
        old='    return len(text.encode("utf-8", "surrogatepass"))',
        new="    return len(text)",
        tests=("test_a_text_is_taken_up_to_the_limit_and_named_beyond",),
        claims=("DRV-30",),
    ),
    Mutation(
        guard="all headers together have a limit",
        folder="outbox/ledgerlane_outbox",
        old="        check_headers(self.headers())\n",
        new="",
        tests=("test_an_extension_is_named_and_all_of_them_have_a_limit_together",),
        claims=("DRV-30",),
    ),
    Mutation(
        guard="an outbox is not upgraded beside a relay",
        folder="outbox/ledgerlane_outbox",
        old="    IF NOT pg_try_advisory_xact_lock('ledgerlane_outbox'::regclass::oid::integer, 1) THEN",
        new="    IF false THEN",
        tests=("test_an_outbox_that_a_relay_reads_is_not_upgraded_and_nothing_is_changed",),
    ),
    Mutation(
        guard="a publication gets the new columns",
        folder="outbox/ledgerlane_outbox",
        old="           AND prattrs IS NOT NULL)",
        new="           AND prattrs IS NULL)",
        tests=("test_a_publication_gets_the_new_columns",),
    ),
    Mutation(
        guard="a publication that leaves columns out is not read",
        folder="producers",
        old="              AND a.attnum <> ALL (r.prattrs)))",
        new="              AND a.attnum = 0))",
        tests=("test_a_publication_without_the_new_columns_counts_as_lost",),
    ),
    Mutation(
        guard="a row of the log with neither attributes nor headers is not published",
        folder="producers",
        old="    if headers is None:\n        raise ProtocolViolation(",
        new="    if headers == b'':\n        raise ProtocolViolation(",
        tests=("test_a_row_with_neither_attributes_nor_headers_is_no_event",),
    ),
    Mutation(
        guard="a row has all of its attributes in columns, or headers",
        folder="outbox/ledgerlane_outbox",
        old='    RETURN source IS NOT NULL AND tenant_id IS NOT NULL AND "time" IS NOT NULL;',
        new="    RETURN true;",
        tests=("test_the_table_takes_all_attributes_or_none_and_headers",),
    ),
    Mutation(
        guard="a replay finds the rows of a tenant of before the columns as well",
        folder="outbox/ledgerlane_outbox",
        old="coalesce(coalesce(tenant_id, headers ->> 'ce_tenantid') = $6::text, true)",
        new="coalesce(tenant_id = $6::text, true)",
        tests=("test_a_replay_takes_only_what_is_asked_for",),
    ),
)
