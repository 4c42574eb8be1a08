"""Guards of the documents and messages."""

from typing import Final

from tests.mutations.mutation import Mutation

GUARDS: Final = (
    Mutation(
        guard="the texts of a reason are bounded",
        folder="schemas",
        old="            object.__setattr__(self, name, _bounded(getattr(self, name)))",
        new="            object.__setattr__(self, name, getattr(self, name))",
        tests=("test_a_result_fits_with_its_reason_however_long_that_was",),
        claims=("DRV-30",),
    ),
    Mutation(
        guard="a cent is rounded half up",
        folder="schemas",
        old="    return amount.quantize(CENT, rounding=ROUND_HALF_UP)",
        new="    return amount.quantize(CENT, rounding=ROUND_DOWN)",
        tests=("test_odd_prices_come_to_the_same_cent_everywhere",),
        claims=("ENT-09",),
    ),
    Mutation(
        guard="a share loses no cent",
        folder="schemas",
        old="        shares[i] += step",
        new="        shares[i] += 0 * step",
        tests=("test_shares_come_to_the_whole_and_none_is_off_by_more_than_a_cent",),
    ),
    Mutation(
        guard="a document whose figures contradict its lines is refused",
        folder="schemas",
        old="            if said is not None and said != found:",
        new='            if said is None and said != found and name == "":',
        tests=("test_a_wrong_invoice_is_refused_with_its_field",),
    ),
)
