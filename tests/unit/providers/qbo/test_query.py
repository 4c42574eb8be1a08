"""Values can't leave their quotes."""

import re

from hypothesis import given, strategies as st

from providers.qbo.query import equals, exactly, one_of, quoted, where


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


def test_marks_of_typography_are_asked_for_by_what_is_around_them() -> None:
    assert equals("Name", 'Boot \u2013 6" \u2018Toe\u2019') == "Name like 'Boot % 6\" %Toe%'"
    names = ["A\u2013B", "A\u2013B (Vendor)", "A\u2013B (deleted)"]
    assert one_of("DisplayName", names) == "DisplayName like 'A%B%'"


def test_what_could_not_be_asked_for_exactly_is_compared_here() -> None:
    found = [{"Name": "a\u2013B"}, {"Name": "A-B"}, {"Name": "A\u2013C\u2013B"}, {}]
    assert exactly(found, "Name", "A\u2013B") == [{"Name": "a\u2013B"}]
    assert exactly(found, "Name", "A-B") == found, "QuickBooks has compared it"


@given(st.text(), st.text())
def test_no_query_holds_what_the_lexer_does_not_know(one: str, other: str) -> None:
    for condition in (equals("Name", one), one_of("Name", [one, one + other])):
        assert not re.search("[\u2000-\u206f\x00-\x1f\x7f-\x9f]", condition)
