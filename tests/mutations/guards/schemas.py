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
        old="    return amount.quantize(smallest_amount(currency), context=EXACT)",
        new="    return amount.quantize(smallest_amount(currency), 'ROUND_DOWN', EXACT)",
        tests=("test_odd_prices_come_to_the_same_cent_everywhere",),
        claims=("ENT-09",),
    ),
    Mutation(
        guard="a share loses no cent",
        folder="schemas",
        old="        fitted[i] += step",
        new="        fitted[i] += 0 * step",
        tests=(
            "test_shares_come_to_the_whole_and_none_is_off_by_as_much_as_the_smallest_amount",
        ),
    ),
    Mutation(
        guard="a document whose figures contradict its lines is refused",
        folder="schemas",
        old="        if abs(said - found) > explained:",
        new="        if abs(said - found) > explained + 100:",
        tests=("test_a_wrong_invoice_is_refused_with_its_field",),
    ),
    Mutation(
        guard="what roundings do not explain is no rounding",
        folder="schemas",
        old="        halves = max(len(lines) + len(rates), 2)",
        new="        halves = 4 * max(len(lines) + len(rates), 2)",
        tests=("test_a_figure_that_roundings_do_not_explain_is_refused",),
    ),
    Mutation(
        guard="the platform's tax is the document's",
        folder="schemas",
        old='self._fitted("tax_total", self.stated.tax, by_rate)',
        new='self._fitted("tax_total", None, by_rate)',
        tests=("test_tax_rounded_on_the_total_is_carried",),
    ),
    Mutation(
        guard="an amount that its currency has not is refused",
        folder="schemas",
        old="        if amount is not None and not is_whole(amount, currency):",
        new="        if amount is not None and not is_whole(amount, 'CLF'):",
        tests=("test_an_amount_with_more_decimals_than_its_currency_is_refused",),
    ),
    Mutation(
        guard="a number of JSON never becomes a float",
        folder="schemas",
        old="    parse_float=_fraction, parse_int=_whole, parse_constant=_no_number\n",
        new="    parse_int=_whole, parse_constant=_no_number\n",
        tests=("test_a_price_is_the_decimal_that_was_written",),
    ),
    Mutation(
        guard="no exponent ends intake",
        folder="schemas",
        old="    except InvalidOperation:\n",
        new="    except OverflowError:\n",
        tests=("test_a_number_that_nothing_carries_is_refused_wherever_it_stands",),
    ),
    Mutation(
        guard="a number that is null is not taken for its default",
        folder="schemas",
        old=" or name in NUMBERS_WITH_DEFAULT",
        new="",
        tests=("test_a_number_that_is_null_is_not_taken_for_its_default",),
    ),
    Mutation(
        guard="a key is normalised where it is read",
        folder="schemas",
        old='    return " ".join(unicodedata.normalize("NFC", text).split())',
        new="    return text",
        tests=("test_a_key_is_normalised_once",),
    ),
    Mutation(
        guard="a joiner that joins nothing tells no two keys apart",
        folder="schemas",
        old='_composed(_IDLE_JOINERS.sub("", _composed(seen)))',
        new="_composed(seen)",
        tests=("test_a_key_is_normalised_once",),
    ),
    Mutation(
        guard="a text is a number only where no sender can mean another one",
        folder="schemas",
        old="    if isinstance(value, str) and not _NUMBER.fullmatch(value.strip()):",
        new="    if isinstance(value, str) and not value.strip():",
        tests=("test_a_text_that_is_no_certain_number_is_refused",),
    ),
    Mutation(
        guard="a date that a program never set is refused",
        folder="schemas",
        old="    if day.year < FIRST_YEAR:",
        new="    if day.year < 1:",
        tests=("test_a_date_that_was_never_set_is_refused",),
    ),
)
