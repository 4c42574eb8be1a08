"""What is left of a batch of announcements: the newest of each record, in one order."""

import itertools

from consumers.store.desired_states import newest
from tests.contracts.store_steps import announced


def test_of_two_versions_in_one_batch_the_newer_is_stored() -> None:
    versions = [announced("c", version) for version in (1, 2, 3)]
    for order in itertools.permutations(versions):
        assert [one.version for one in newest(order)] == [3]


def test_records_come_in_one_order_whatever_the_batch_s() -> None:
    batch = [announced(name) for name in ("c", "a", "b")]
    assert newest(batch) == newest(reversed(batch))
