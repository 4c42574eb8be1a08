import pytest

from producers.sources.snapshot.cursor import Cursor
from producers.sources.snapshot.position import Position
from producers.sources.source import Parked


@pytest.mark.parametrize(
    "position",
    [
        Position("a-layout", Cursor("3:9:4,5", None, 0), 17),
        Position("a-layout", Cursor("3:9:", "12:12:", 8), 2**62, [Parked(8, "large ü", True)]),
        Position(
            "a-layout",
            Cursor("3:9:", "12:12:", 8),
            9,
            [*(Parked(n, "behind", True) for n in range(3)), Parked(7, "behind", False)],
        ),
    ],
)
def test_a_position_is_read_as_it_was_written(position: Position) -> None:
    read = Position.from_bytes(position.to_bytes())
    assert (read.layout, read.cursor, read.newest_seq) == (
        position.layout,
        position.cursor,
        position.newest_seq,
    )
    assert list(read.parked) == list(position.parked)


def test_a_batch_that_is_parked_whole_is_a_record_that_kafka_takes() -> None:
    parked = [Parked(10**15 + n, "waits behind a parked row", True) for n in range(20_000)]
    said = Position("a-layout", Cursor("1:1:", None, 0), 0, parked).to_bytes()
    assert len(said) < 500_000


@pytest.mark.parametrize("said", [b"", b"{}", b"[]", b"7", b'{"layout": 1}'])
def test_a_position_in_another_format_is_refused(said: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Position.from_bytes(said)
