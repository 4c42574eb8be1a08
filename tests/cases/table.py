"""What each shared case ends as: the table of the test, and of docs/cases.md.

The cases are the inputs beside this file: a tenant and its events, in order. Of each document
the first end is that at QuickBooks Online, the second that at Xero.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tests.cases.ends import End, agreed, held, waiting

Ends = tuple[End, End]


@dataclass(frozen=True)
class Case:
    """One case.

    Attributes:
        about: What is in it.
        ends: What each document ends as at QuickBooks and at Xero, by its id.
        letters: The codes of the dead letters of the platform's events.
        unknown: The fields that are counted as unknown, by the type of the document.
        either: Two documents that may change places, as both come at once.
        tax_rates: The tax rates that somebody adds in Xero before the first event: name and
            per cent.
    """

    about: str
    ends: Mapping[str, Ends]
    letters: tuple[str, ...] = ()
    unknown: tuple[tuple[str, str], ...] = ()
    either: tuple[str, ...] = ()
    tax_rates: tuple[tuple[str, str], ...] = ()


def both(end: End) -> Ends:
    """Return an end that is the same at both ledgers."""
    return end, end


TIMES: Final = "\N{MULTIPLICATION SIGN}"
CUSTOMER: Final = both(agreed())
HUNDRED: Final = both(agreed("GBP 100.00"))
DOZEN: Final = both(agreed("GBP 12.00"))

CASES: Final[Mapping[str, Case]] = {
    "01-payment-in-another-currency": Case(
        "EUR 400.00 is to settle an invoice of GBP 400.00 one for one",
        {
            "b01-cus": CUSTOMER,
            "b01-inv": both(agreed("GBP 400.00")),
            "b01-pay": both(
                held(
                    "payment_currency_differs",
                    "payment b01-pay is in EUR",
                    "customer b01-cus (Lindqvist Marine AB) is in GBP",
                    "settles 400.00 EUR of invoice b01-inv (B01-1)",
                    "total is 400.00 GBP",
                )
            ),
        },
    ),
    "01b-yen-payment-of-a-pound-invoice": Case(
        "JPY 50,000 is to settle GBP 50,000.00, of a customer without a currency",
        {
            "b01b-cus": CUSTOMER,
            "b01b-inv": both(agreed("GBP 50000.00")),
            "b01b-pay": both(
                held(
                    "payment_currency_differs",
                    "settles 50000 JPY of invoice b01b-inv (B01-2)",
                    "total is 50000.00 GBP",
                )
            ),
        },
    ),
    "02-tax-rounded-on-the-total": Case(
        "Three lines of 10.03 at 20 %: the platform's tax is 6.02, line by line it is 6.03",
        {"b02-cus": CUSTOMER, "b02-inv": both(agreed("GBP 36.11", tax="6.02"))},
    ),
    "03-currency-without-cents": Case(
        "Invoices in yen, with and without the platform's own figures",
        {
            "b03-cus": CUSTOMER,
            "b03-inv": both(agreed("JPY 1352", tax="225")),
            "b03-inv2": both(agreed("JPY 1352", tax="225")),
        },
    ),
    "03c-yen-paid-in-whole-yen": Case(
        "JPY 1,127 and 20 % tax, paid with JPY 1,352, of a customer without a currency; at "
        "QuickBooks such a customer has the company's own for ever",
        {
            "b03c-cus": CUSTOMER,
            "b03c-inv": (
                held("currency_differs", "is in JPY, but QuickBooks has the customer b03c-cus"),
                agreed("JPY 1352", tax="225", open="0"),
            ),
            "b03c-pay": (
                waiting("waiting_for_stopped", "invoice b03c-inv is held"),
                agreed("JPY 1352", open="0"),
            ),
        },
    ),
    "04-several-email-addresses": Case(
        "Two addresses in one field; an address of a domain .local",
        {
            "b04-cus": both(
                agreed(remarks=("email first_address",), email="office@tern.example")
            ),
            "b04-cus2": both(agreed(email="billing@corncrake.local")),
            "b04-inv": HUNDRED,
            "b04-inv2": HUNDRED,
        },
    ),
    "05-many-decimals": Case(
        "125,000 at 0.00012; 0.333333 at 90.00; 3 at 0.30000000000000004 from JavaScript",
        {
            "b05-cus": CUSTOMER,
            "b05-inv": (
                agreed("GBP 15.00", text="API calls (125000 x 0.00012)"),
                agreed("GBP 15.00", text=f"API calls (125000 {TIMES} 0.00012)"),
            ),
            "b05-inv2": (
                agreed("GBP 30.00", text="20 minutes (0.333333 x 90.00)"),
                agreed("GBP 30.00", text=f"20 minutes (0.333333 {TIMES} 90)"),
            ),
            "b05-inv3": (
                agreed("GBP 0.90", text="Float from JavaScript (3 x 0.30000000000000004)"),
                agreed(
                    "GBP 0.90",
                    text=f"Float from JavaScript (3 {TIMES} 0.30000000000000004)",
                ),
            ),
        },
    ),
    "06-long-payment-reference": Case(
        "A payment's reference of 27 characters",
        {
            "b06-cus": CUSTOMER,
            "b06-inv": both(agreed("GBP 100.00", open="0")),
            "b06-pay": (
                agreed(
                    "GBP 100.00",
                    open="0",
                    remarks=("reference cut",),
                    reference="pi_3Qx0AbCdEfGhIjKl1M",
                ),
                agreed(
                    "GBP 100.00",
                    open="0",
                    reference="ledgerlane:b06-pay pi_3Qx0AbCdEfGhIjKl1MnOpQrS",
                ),
            ),
        },
    ),
    "07-control-characters": Case(
        "Control characters in a name, a description and a reference",
        {
            "b07-cus": both(agreed(name="Reed Warbler Ltd")),
            "b07-inv": both(agreed("GBP 100.00", text="First second third")),
        },
    ),
    "08-spaces-around-numbers": Case(
        "Blanks around numbers, codes and names; two invoices that differ in a blank",
        {
            "b08-cus": CUSTOMER,
            "b08-inv": (
                held("number_taken", "Number 'B08-1' is used"),
                held("already_linked", "belongs to another document"),
            ),
            "b08-inv2": both(agreed("GBP 100.00", number="B08-1")),
            "b08-ven": CUSTOMER,
            "b08-bil": both(agreed("GBP 12.00", number="TS-900")),
            "b08-itm": both(agreed(code="SKU-8", item="Twine, roll")),
            "b08-inv3": both(agreed("GBP 4.00", number="B08-3")),
        },
        either=("b08-inv", "b08-inv2"),
    ),
    "11-inactive-customer-with-open-invoice": Case(
        "An invoice of a customer that was never sent and is out of use; of one that went out "
        "of use later",
        {
            "b11-cus": both(End("skipped", "withdrawn_before_sent")),
            "b11-inv": both(held("names_out_of_use", "customer b11-cus (Old Heron Ltd)")),
            "b11-cus2": CUSTOMER,
            "b11-inv2": both(held("names_out_of_use", "customer b11-cus2 (Bittern & Co)")),
        },
    ),
    "14-edit-refused-at-intake": Case(
        "An edit to a price of 250.00000001, which used to be refused",
        {
            "b14-cus": CUSTOMER,
            "b14-inv": (
                agreed("GBP 250.00", text="Work (1 x 250.00000001)"),
                agreed("GBP 250.00", text=f"Work (1 {TIMES} 250.00000001)"),
            ),
        },
    ),
    "15-one-account-number-at-two-vendors": Case(
        "Two vendors with one account number, which is unique at Xero",
        {
            "b15-ven": both(agreed(account_number="1001")),
            "b15-ven2": (
                agreed(account_number="1001"),
                agreed(remarks=("account_number left_out",), account_number=""),
            ),
            "b15-bil": DOZEN,
            "b15-bil2": DOZEN,
        },
    ),
    "18-midnight-with-a-zone": Case(
        "Dates as midnights of two zones; an invoice that is due before its date",
        {
            "b18-cus": CUSTOMER,
            "b18-inv": both(agreed("GBP 100.00", issued_on="2026-11-02", due_on="2026-11-30")),
            "b18-inv2": both(agreed("GBP 100.00", issued_on="2026-11-02", due_on="2026-11-30")),
            "b18-inv3": both(agreed("GBP 100.00", issued_on="2026-11-30", due_on="2026-11-02")),
        },
    ),
    "20-a-new-optional-field": Case(
        "A field `website` that this version does not know",
        {"b20-cus": both(agreed(name="Forward Compat Ltd")), "b20-inv": HUNDRED},
        unknown=(("customer", "website"),),
    ),
    "21-names-and-numbers-with-marks": Case(
        "Colons, angle brackets, quotes, dashes, `º`, long names and codes, other scripts",
        {
            "b21-cus": (
                agreed(remarks=("name marks_replaced",), name="Fen - Peat & Turf"),
                agreed(name="Fen: Peat & Turf"),
            ),
            "b21-cus2": (
                agreed(name="Peat <Trading> Ltd"),
                agreed(remarks=("name marks_replaced",), name="Peat (Trading) Ltd"),
            ),
            "b21-cus3": both(agreed(name='東京商事 \u2013 6" Хлеб ร้าน')),
            "b21-itm": (
                agreed(remarks=("name marks_replaced",), item="T-shirt, size - L"),
                agreed(item="T-shirt, size: L"),
            ),
            "b21-itm2": both(agreed(item='Boot \u2013 Legend 6" Safety Toe')),
            "b21-itm3": (
                agreed(code="WOO-123456789-RED-EXTRA-LARGE-2026"),
                agreed(
                    remarks=("name cut", "code shortened"),
                    item="Organic cotton long-sleeved T-shirt with a printed",
                    code="WOO-123456789-RED-EXTRA~4bfaaf",
                ),
            ),
            "b21-inv": HUNDRED,
            "b21-inv2": HUNDRED,
            "b21-inv3": HUNDRED,
            "b21-ven": both(agreed(name="Papeterie Nº 5")),
            "b21-bil": (
                agreed("GBP 12.00", number="Fact. nº 77\u2013A"),
                agreed("GBP 12.00", remarks=("number plain_letters",), number="Fact. no 77-A"),
            ),
        },
    ),
    "22-two-edits-of-one-version": Case(
        "Two edits under one version",
        {"b22-cus": both(agreed(tasks=("version_conflict",), phone="555 0101"))},
        letters=("version_conflict",),
    ),
    "30-tax-rate-added-after-connecting": Case(
        "A rate of 12.5 % that was added in Xero after connecting, and that QuickBooks has not",
        {
            "b30-cus": CUSTOMER,
            "b30-inv": (
                held("tax_code_unmapped", "'HOSPITALITY'", "12.5 %"),
                agreed("GBP 90.00", tax="10.00"),
            ),
        },
        tax_rates=(("Hospitality 12.5%", "12.5"),),
    ),
}
