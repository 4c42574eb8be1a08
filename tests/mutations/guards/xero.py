"""Guards of the Xero provider."""

from typing import Final

from tests.mutations.mutation import Mutation

GUARDS: Final = (
    Mutation(
        guard="a create carries its key",
        folder="providers/xero",
        old='                "Idempotency-Key": str(',
        new='                "X-Ignored": str(',
        tests=("test_a_create_repeated_with_its_key_makes_no_second_record",),
        claims=("ERR-14",),
    ),
    Mutation(
        guard="an element that another was answered for is not taken as saved",
        folder="providers/xero",
        old="    if not resource.is_same(entry.body, element):",
        new="    if not element:",
        tests=("test_elements_in_another_order_are_not_believed",),
    ),
    Mutation(
        guard="an element without an id is not taken as saved",
        folder="providers/xero",
        old="    if str(element.get(resource.id_field) or NO_ID) == NO_ID:",
        new="    if not element:",
        tests=("test_success_without_an_id_is_a_doubt",),
    ),
    Mutation(
        guard="a throttle empties the bucket that it names",
        folder="providers/xero",
        old='    bucket = _BUCKETS.get(reply.headers.get("x-rate-limit-problem", "").lower(), Bucket.MINUTE)',
        new="    bucket = Bucket.MINUTE",
        tests=("test_a_429_names_its_bucket_and_its_pause",),
    ),
    Mutation(
        guard="one bad document of a batch does not block the others",
        folder="providers/xero",
        old="                waiting.extendleft(reversed(request.halves()))",
        new="                results |= _all(request, error)",
        tests=("test_a_request_that_was_not_read_is_sent_in_halves",),
        claims=("ERR-11",),
    ),
    Mutation(
        guard="a refused second step says that the first was written",
        folder="providers/xero",
        old="        result.written_in_part = True",
        new="        result.written_in_part = False",
        tests=("test_a_second_step_that_fails_says_that_the_first_was_written",),
    ),
    Mutation(
        guard="a payment whose overpayment is not there is told to be partial",
        folder="providers/xero",
        old="    return replace(found, partial=bool(missing))",
        new="    return found",
        tests=("test_nothing_is_written_twice_however_an_answer_is_lost",),
    ),
    Mutation(
        guard="an overpayment that is there by our mark is not made again",
        folder="providers/xero",
        old="    return replace(standing, overpayment=await overpayment_of(client, write, payment))",
        new="    return standing",
        tests=("test_an_overpayment_whose_answer_was_lost_is_not_made_for_a_newer_version",),
    ),
    Mutation(
        guard="a void takes nothing out while an overpayment stays",
        folder="providers/xero",
        old="    if record is not None and found is not None and not found.voided:",
        new="    if record is None and found is not None:",
        tests=("test_a_void_waits_for_the_person_who_alone_can_void_an_overpayment",),
    ),
    Mutation(
        guard="what an older consent does not cover holds its payment alone",
        folder="providers/xero",
        old="    if request.resource is BANK_TRANSACTIONS and error.reason.code == SCOPE_MISSING.code:",
        new="    if request.resource is BANK_TRANSACTIONS and not error.reason.code:",
        tests=("test_a_consent_without_bank_transactions_holds_that_payment_alone",),
    ),
    Mutation(
        guard="what a payment settles already counts as open to it",
        folder="providers/xero",
        old='amount(invoice["AmountDue"]) + before',
        new='amount(invoice["AmountDue"])',
        tests=("test_what_an_overpayment_settles_beyond_what_is_open_is_told",),
    ),
)
