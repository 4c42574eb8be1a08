from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from providers.simulators.xero.query.where import field_paths, parse_where
from providers.simulators.xero.wire.errors import QueryParseError

KNOWN = field_paths(
    "Type", "Status", "Name", "EmailAddress", "AmountDue", "Date", "UpdatedDateUTC",
    "Contact.ContactID", "InvoiceID", "IsCustomer",
)  # fmt: skip
GUID = "243216c5-369e-4056-ac67-05388f86dc81"
RECORD: dict[str, Any] = {
    "Type": "ACCREC",
    "Status": "AUTHORISED",
    "Name": 'Harbour "Cafe"',
    "EmailAddress": "",
    "AmountDue": Decimal("393.30"),
    "Date": date(2026, 7, 6),
    "UpdatedDateUTC": datetime(2026, 7, 6, 8, 38, tzinfo=UTC),
    "Contact": {"ContactID": GUID},
    "InvoiceID": GUID,
    "IsCustomer": True,
}


@pytest.mark.parametrize(
    "text",
    [
        'Type=="ACCREC"',
        'type = "accrec"',
        'Type=="ACCREC" AND Status=="AUTHORISED"',
        'Type=="ACCPAY"||Status=="AUTHORISED"',
        '(Type=="ACCPAY" OR Type=="ACCREC") && AmountDue > 0',
        "AmountDue>=393.3",
        "AmountDue<=393.30 AND AmountDue!=-1",
        "Date>=DateTime(2026, 07, 06) AND Date<DateTime(2026,7,7)",
        "UpdatedDateUTC>DateTime(2026,7,6,8,0,0)",
        f'InvoiceID==guid("{GUID.upper()}")',
        f'Contact.ContactID==Guid("{GUID}")',
        'Name.Contains("cafe")',
        'Name.StartsWith("Harb") AND Name.EndsWith("\\"")',
        'Name.ToLower().Contains("harbour")',
        'Name.ToLower()=="harbour \\"cafe\\""',
        "EmailAddress==null",
        'EmailAddress!=null&&EmailAddress.StartsWith("a") OR Type=="ACCREC"',
        "IsCustomer==true",
        "IsCustomer",
    ],
)
def test_what_matches(text: str) -> None:
    assert parse_where(text, KNOWN).matches(RECORD)


@pytest.mark.parametrize(
    "text",
    [
        'Type=="ACCPAY"',
        "AmountDue>393.3",
        "Date<DateTime(2026,7,6)",
        'Type=="ACCREC" AND (Status=="PAID" OR AmountDue==0)',
        'EmailAddress!=null&&EmailAddress.StartsWith("a")',
        'Name.Contains("tea")',
    ],
)
def test_what_does_not_match(text: str) -> None:
    assert not parse_where(text, KNOWN).matches(RECORD)


@pytest.mark.parametrize(
    "text",
    [
        'Total=="1"',
        'Type=="ACCREC',
        "Type==",
        'Type=="A" Status=="B"',
        '(Type=="A"',
        "Date>DateTime(2026,13,1)",
        "Date>DateTime(2026)",
        'Name.Reverse("x")',
        'Name.Contains("x").Reverse()',
        "Name.Contains(Type)",
        "Name ; Type",
        'AmountDue>"x"',
        'EmailAddress.StartsWith("a")',
        "Name.Contains(1)",
        "guid()==Name",
    ],
)
def test_what_is_refused(text: str) -> None:
    with pytest.raises(QueryParseError):
        parse_where(text, KNOWN).matches(RECORD)


def test_equalities_that_must_hold_are_known_and_others_are_not() -> None:
    where = parse_where(
        'Type=="ACCREC" AND (Status=="A" OR Status=="B") AND Name.ToLower()=="x"', KNOWN
    )
    assert where.equalities() == {"type": "ACCREC", "name()": "x"}
