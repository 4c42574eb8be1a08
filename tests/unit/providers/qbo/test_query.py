"""Values can't leave their quotes."""

from hypothesis import given, strategies as st

from providers.qbo.query import equals, one_of, quoted, where


def unquoted(text: str) -> str:
    """Read a quoted value as QuickBooks does: up to the first quote without a backslash."""
    assert text[0] == "'"
    read, rest = "", text[1:]
    while rest[0] != "'":
        if rest[0] == "\\":
            rest = rest[1:]
        read, rest = read + rest[0], rest[1:]
    assert rest == "'"
    return read


@given(st.text())
def test_any_value_comes_back_as_it_was(value: str) -> None:
    assert unquoted(quoted(value)) == value


def test_a_condition_reads_as_quickbooks_wants_it() -> None:
    condition = where(equals("DocNumber", "O'Hara"), one_of("DisplayName", ["a", "b"]))
    assert condition == r"where DocNumber = 'O\'Hara' and DisplayName in ('a', 'b')"
