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
)
