import pytest

from providers.simulators.qbo.query.language import (
    QueryCondition,
    QueryStatement,
    SortKey,
    parse,
)
from providers.simulators.qbo.wire.errors import QboRefused


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("select * from Invoice", QueryStatement("Invoice")),
        ("SELECT COUNT(*) FROM Invoice", QueryStatement("Invoice", counting=True)),
        (
            "Select Id, MetaData.CreateTime From Bill",
            QueryStatement("Bill", ("Id", "MetaData.CreateTime")),
        ),
        ("SELECT *, Sku FROM Item", QueryStatement("Item", ("*", "Sku"))),
        (
            r"select * from Customer where DisplayName = 'Adam\'s \\ Shop'",
            QueryStatement(
                "Customer",
                conditions=(QueryCondition("DisplayName", "=", ("Adam's \\ Shop",)),),
            ),
        ),
        (
            "select * from Item where Active in (true, false) and Balance>='10.5'",
            QueryStatement(
                "Item",
                conditions=(
                    QueryCondition("Active", "IN", ("true", "false")),
                    QueryCondition("Balance", ">=", ("10.5",)),
                ),
            ),
        ),
        (
            "select * from Bill where DocNumber LIKE '%7' ORDERBY TxnDate DESC, DocNumber ASC",
            QueryStatement(
                "Bill",
                conditions=(QueryCondition("DocNumber", "LIKE", ("%7",)),),
                order=(SortKey("TxnDate", descending=True), SortKey("DocNumber")),
            ),
        ),
        (
            "select * from Bill order by TxnDate startposition 101 maxresults 50  ",
            QueryStatement("Bill", order=(SortKey("TxnDate"),), start=101, limit=50),
        ),
    ],
)
def test_statements(text: str, expected: QueryStatement) -> None:
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
    with pytest.raises(QboRefused) as caught:
        parse(text)
    assert caught.value.entry.code == "4000"
