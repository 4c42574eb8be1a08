from producers.sources.cursor import Cursor, oldest_open_xid

START = Cursor(done="10:10:", target=None, last_seq=0)


def test_a_page_freezes_the_target_and_keeps_what_is_done() -> None:
    assert START.through("12:15:12,13", 7) == Cursor("10:10:", "12:15:12,13", 7)


def test_arriving_makes_the_target_what_is_done() -> None:
    assert START.through("12:15:12,13", 7).arrived("12:15:12,13") == Cursor(
        "12:15:12,13", None, 7
    )


def test_the_oldest_open_transaction_is_the_first_number_of_a_snapshot() -> None:
    assert oldest_open_xid("12:15:12,13") == 12
