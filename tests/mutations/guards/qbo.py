"""Guards of the QuickBooks provider."""

from typing import Final

from tests.mutations.mutation import Mutation

GUARDS: Final = (
    Mutation(
        guard="a create carries its key",
        folder="providers/qbo",
        old='"requestid": str(key), ',
        new="",
        tests=("test_a_create_repeated_with_its_key_makes_no_second_record",),
        claims=("ERR-14",),
    ),
    Mutation(
        guard="an update leaves what it does not name",
        folder="providers/qbo",
        old='"SyncToken": external.sync_token, "sparse": True}',
        new='"SyncToken": external.sync_token, "sparse": False}',
        tests=("test_an_update_leaves_what_a_person_wrote",),
        claims=("ENT-02",),
    ),
    Mutation(
        guard="a paid document is not changed",
        folder="providers/qbo",
        old="    return figures is not None and figures.balance != figures.total",
        new="    return figures is None",
        tests=("test_an_invoice_is_changed_until_it_is_paid_and_then_held_with_advice",),
        claims=("ENT-10",),
    ),
    Mutation(
        guard="what was received in the home currency is told by the rate",
        folder="providers/qbo",
        old='    rate = {} if money.rate is None else {"ExchangeRate": money.rate}',
        new="    rate: Body = {}",
        tests=("test_a_payment_in_the_company_s_currency_is_carried_in_both",),
        claims=("DRV-08",),
    ),
    Mutation(
        guard="an answer of 200 may be a fault",
        folder="providers/qbo",
        old="    if reply.status == 200 and not found and _is_object(reply):",
        new="    if reply.status == 200:",
        tests=("test_each_shape_and_status_is_understood",),
        claims=("ERR-16",),
    ),
    Mutation(
        guard="a vendor may be called as a customer",
        folder="providers/qbo",
        old="            if await self._has_name(entity, body):",
        new="            if body:",
        tests=("test_a_vendor_may_be_called_as_a_customer",),
        claims=("ENT-07",),
    ),
    Mutation(
        guard="a code of another rate is not used",
        folder="providers/qbo",
        old="    if code.rate(side) != line.tax_rate:",
        new="    if code.rate(side) == line.tax_rate and not code:",
        tests=("test_a_wrong_mapping_is_told",),
    ),
    Mutation(
        guard="a transaction is known again by its mark",
        folder="providers/qbo",
        old="    return any(line.rstrip().endswith(mark) for line in",
        new="    return any(line.rstrip().endswith(2 * mark) for line in",
        tests=("test_what_was_written_is_found_without_its_link",),
    ),
    Mutation(
        guard="a transaction without its mark is another's",
        folder="providers/qbo",
        old="    return any(line.rstrip().endswith(mark) for line in",
        new="    return bool(mark) or any(line.rstrip().endswith(mark) for line in",
        tests=("test_an_invoice_is_ours_by_its_marker",),
    ),
    Mutation(
        guard="a mark is found in a note that a person wrote in as well",
        folder="providers/qbo",
        old="    return any(line.rstrip().endswith(mark) for line in",
        new="    return private_note.startswith(mark) and any(line.endswith(mark) for line in",
        tests=("test_the_marker_is_found_among_what_people_write",),
    ),
    Mutation(
        guard="a customer of whom something is open is not made inactive",
        folder="providers/qbo",
        old="    if is_leaving and record.get",
        new="    if not is_leaving and record.get",
        tests=("test_a_customer_goes_out_of_use_by_itself_when_it_has_paid",),
    ),
    Mutation(
        guard="a currency that QuickBooks does not change is not called agreed",
        folder="providers/qbo",
        old="    if party.currency != currency:\n",
        new="    if not party.currency:\n",
        tests=("test_a_party_that_got_another_currency_goes_on_in_its_own",),
    ),
    Mutation(
        guard="what a payment settles already counts as open to it",
        folder="providers/qbo",
        old='Decimal(invoice["Balance"]) + settled.get(invoice_id, ZERO)',
        new='Decimal(invoice["Balance"])',
        tests=("test_what_a_payment_settles_already_is_open_to_it",),
    ),
)
