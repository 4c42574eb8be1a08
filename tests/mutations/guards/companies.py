"""Guards of `consumers/sync`: what a company has, and what is out of use or gone."""

from typing import Final

from tests.mutations.mutation import Mutation

GUARDS: Final = (
    Mutation(
        guard="a document that is new to the ledger names nothing that is out of use",
        folder="consumers/sync",
        old="        if named in related.out_of_use:\n",
        new="        if named in ():\n",
        tests=("test_one_that_was_never_sent_and_is_out_of_use_asks_for_one_thing",),
    ),
    Mutation(
        guard="what is in the ledger names nothing that never was there and is out of use",
        folder="consumers/sync",
        old="if not (is_linked and one.external)}",
        new="if not is_linked}",
        tests=("test_what_contradicts_goes_on_when_it_is_corrected",),
    ),
    Mutation(
        guard="an invoice is not given to another customer than what settles it",
        folder="consumers/sync",
        old="payment.customer_id != invoice.customer_id:\n            for one",
        new="payment.customer_id == invoice.id:\n            for one",
        tests=("test_an_invoice_is_of_the_customer_of_what_settles_it",),
        claims=("DRV-23",),
    ),
    Mutation(
        guard="a create in doubt is looked up whatever it names",
        folder="consumers/sync",
        old="loaded.desired is None or loaded.row.intent:",
        new="loaded.desired is None:",
        tests=("test_a_create_in_doubt_is_found_although_its_customer_went_out_of_use",),
    ),
    Mutation(
        guard="what the company has by now is written with what was read",
        folder="consumers/sync",
        old="self._push.carry_out(opened(read.realm), fence, lacking)",
        new="self._push.carry_out(opened(known.realm), fence, lacking)",
        tests=(
            "test_a_tax_code_that_was_added_after_connecting_is_found_at_once",
            "test_a_tax_rate_that_was_added_after_connecting_is_found_at_once",
        ),
    ),
    Mutation(
        guard="a wrong mapping does not have the company read for each record",
        folder="consumers/sync",
        old="self._now() < in_vain + SOUGHT_EVERY:",
        new="self._now() < in_vain:",
        tests=("test_a_wrong_mapping_has_the_company_read_once_for_all_that_need_it",),
    ),
    Mutation(
        guard="a company is read again once a day",
        folder="consumers/sync",
        old="return read_at is None or self._now() - read_at >= READ_EVERY",
        new="return read_at is None",
        tests=("test_a_company_is_read_again_when_it_was_read_a_day_ago",),
    ),
    Mutation(
        guard="what is asked for while a company is read is not lost",
        folder="consumers/sync",
        old="seen = await self._begun(stored, overdue=began - READ_EVERY)",
        new="seen = stored",
        tests=("test_who_asks_while_a_company_is_read_has_it_read_once_more",),
    ),
    Mutation(
        guard="what makes room is written before what needs it",
        folder="consumers/sync",
        old="            (Operation.VOID, to_void),\n            (Operation.UPDATE, to_update),\n            (Operation.CREATE, to_create),\n",
        new="            (Operation.CREATE, to_create),\n            (Operation.UPDATE, to_update),\n            (Operation.VOID, to_void),\n",
        tests=(
            "test_a_payment_replaces_another_one_in_one_go",
            "test_room_is_made_before_it_is_taken",
        ),
    ),
    Mutation(
        guard="what is gone from the ledger counts as taken out of use there",
        folder="consumers/sync",
        old="isinstance(result, Gone) and is_withdrawn(loaded.desired):",
        new="isinstance(result, Gone) and operation is Operation.VOID:",
        tests=(
            "test_a_name_that_is_gone_goes_on_when_it_is_taken_out_of_use",
            "test_what_is_gone_goes_on_when_it_is_taken_off_the_platform_too",
        ),
    ),
)
