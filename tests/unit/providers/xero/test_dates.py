from datetime import date

import pytest

from providers.xero.dates import milliseconds, to_date


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/Date(1783296000000+0000)/", date(2026, 7, 6)),
        ("/Date(1783296000000)/", date(2026, 7, 6)),
        ("/Date(1783296000000+1300)/", date(2026, 7, 6)),
        ("/Date(1783382399999-1000)/", date(2026, 7, 6)),
        ("/Date(-94694400000+0000)/", date(1967, 1, 1)),
    ],
)
def test_a_calendar_date_is_the_utc_one_whatever_the_offset(text: str, expected: date) -> None:
    assert to_date(text) == expected


@pytest.mark.parametrize("text", ["", "2026-07-06", "/Date()/", "/Date(1)/ or so"])
def test_anything_else_is_no_date(text: str) -> None:
    with pytest.raises(ValueError, match="not a date"):
        milliseconds(text)
