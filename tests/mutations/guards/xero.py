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
        tests=("test_one_bad_document_of_a_full_batch_does_not_block_the_others",),
        claims=("ERR-11",),
    ),
    Mutation(
        guard="a refused second step says that the first was written",
        folder="providers/xero",
        old="            result.written_in_part = True",
        new="            result.written_in_part = False",
        tests=("test_a_second_step_that_fails_says_that_the_first_was_written",),
    ),
)
