from datetime import UTC, date, datetime

import pytest

from providers.xero.dates import milliseconds, to_date, to_moment


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


def test_a_moment_keeps_its_milliseconds_and_its_zone() -> None:
    assert to_moment("/Date(1551812702650+0000)/") == datetime(
        2019, 3, 5, 18, 58, 22, 650_000, tzinfo=UTC
    )


@pytest.mark.parametrize("text", ["", "2026-07-06", "/Date()/", "/Date(1)/ or so"])
def test_anything_else_is_no_date(text: str) -> None:
    with pytest.raises(ValueError, match="not a date"):
        milliseconds(text)
