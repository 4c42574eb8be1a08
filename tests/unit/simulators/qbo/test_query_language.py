import pytest

from providers.simulators.qbo.query.language import Condition, Order, Statement, parse
from providers.simulators.qbo.wire.errors import Refused


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("select * from Invoice", Statement("Invoice")),
        ("SELECT COUNT(*) FROM Invoice", Statement("Invoice", counting=True)),
        (
            "Select Id, MetaData.CreateTime From Bill",
            Statement("Bill", ("Id", "MetaData.CreateTime")),
        ),
        ("SELECT *, Sku FROM Item", Statement("Item", ("*", "Sku"))),
        (
            r"select * from Customer where DisplayName = 'Adam\'s \\ Shop'",
            Statement(
                "Customer", conditions=(Condition("DisplayName", "=", ("Adam's \\ Shop",)),)
            ),
        ),
        (
            "select * from Item where Active in (true, false) and Balance>='10.5'",
            Statement(
                "Item",
                conditions=(
                    Condition("Active", "IN", ("true", "false")),
                    Condition("Balance", ">=", ("10.5",)),
                ),
            ),
        ),
        (
            "select * from Bill where DocNumber LIKE '%7' ORDERBY TxnDate DESC, DocNumber ASC",
            Statement(
                "Bill",
                conditions=(Condition("DocNumber", "LIKE", ("%7",)),),
                order=(Order("TxnDate", descending=True), Order("DocNumber")),
            ),
        ),
        (
            "select * from Bill order by TxnDate startposition 101 maxresults 50  ",
            Statement("Bill", order=(Order("TxnDate"),), start=101, limit=50),
        ),
    ],
)
def test_statements(text: str, expected: Statement) -> None:
    assert parse(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "select",
        "select * Invoice",
        "select count(Id) from Invoice",
        "select * from Invoice where",
        'select * from Invoice where Id = "1"',
        "select * from Invoice where Id = '1",
        "select * from Invoice where Id != '1'",
        "select * from Invoice where Id = '1' or Id = '2'",
        "select * from Invoice where Id in '1'",
        "select * from Invoice where Id in ('1'",
        "select * from Invoice where Id = abc",
        "select * from Invoice where DocNumber = 'Adam''s'",
        "select * from Invoice maxresults ten",
        "select * from Invoice order TxnDate",
        "select * from Invoice; drop",
        "select * from Invoice, Bill",
    ],
)
def test_what_is_no_statement_gives_4000(text: str) -> None:
    with pytest.raises(Refused) as caught:
        parse(text)
    assert caught.value.entry.code == "4000"
