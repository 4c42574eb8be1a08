from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, strategies as st

from providers.simulators.xero.wire import codec
from providers.simulators.xero.wire.dates import from_wire_date, to_ms_date
from providers.simulators.xero.wire.errors import PostDataInvalid


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("342", "342.0"),
        ("342.00", "342.0"),
        ("28.50", "28.5"),
        ("0.00", "0.0"),
        ("1E+3", "1000.0"),
        ("9999999999.99", "9999999999.99"),
        ("0.1234", "0.1234"),
        ("-4500.00", "-4500.0"),
    ],
)
def test_numbers_are_written_from_their_digits(number: str, text: str) -> None:
    assert codec.dumps(Decimal(number)) == text.encode()


@given(st.decimals(places=4, min_value=-(10**10), max_value=10**10))
def test_numbers_survive_the_wire(number: Decimal) -> None:
    assert codec.loads(codec.dumps({"N": number})) == {"N": number}


@given(st.dates())
def test_calendar_dates_survive_the_wire(day: date) -> None:
    assert from_wire_date(to_ms_date(day)) == day


def test_moments_are_written_in_milliseconds() -> None:
    moment = datetime(2019, 3, 5, 17, 31, 42, 650000, tzinfo=UTC)
    assert to_ms_date(moment) == "/Date(1551807102650+0000)/"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-07-06", date(2026, 7, 6)),
        ("2026-07-06T00:00:00", date(2026, 7, 6)),
        ("/Date(1783296000000)/", date(2026, 7, 6)),
        ("/Date(1783296000000+1300)/", date(2026, 7, 6)),
        ("/Date(-86400000+0000)/", date(1969, 12, 31)),
    ],
)
def test_dates_as_clients_write_them(text: str, day: date) -> None:
    assert from_wire_date(text) == day


@pytest.mark.parametrize("text", ["2026-07-06 00:00:00", "06/07/2026", "2026-13-01", ""])
def test_other_dates_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"date|month"):
        from_wire_date(text)


def test_keys_get_xeros_case() -> None:
    sent = b'{"lineItems":[{"accountCode":"1"}],"contactId":"c","InvoiceID":"i"}'
    assert codec.loads(sent) == {
        "LineItems": [{"AccountCode": "1"}],
        "ContactID": "c",
        "InvoiceID": "i",
    }


@pytest.mark.parametrize("raw", [b"", b"{", b'{"A":NaN}', b"\xff"])
def test_what_is_no_json_is_refused(raw: bytes) -> None:
    with pytest.raises(PostDataInvalid):
        codec.loads(raw)
