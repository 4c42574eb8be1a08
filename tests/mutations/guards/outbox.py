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
)
