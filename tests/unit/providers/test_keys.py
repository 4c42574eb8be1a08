"""Names, numbers and codes are compared in one form, whoever typed them."""

import pytest

from providers.keys import folded_key, ledger_key, mapped, same_key

COMPOSED, DECOMPOSED = "Caf\u00e9 7", "Cafe\u0301 7"


@pytest.mark.parametrize(
    "typed",
    ["B08-1 ", " B08-1", "b08-1", "B08-1\t", "B08-1\u00a0", "\u200bB08-1", "B08-1\ufeff"],
)
def test_blanks_case_and_what_is_unseen_make_no_other_key(typed: str) -> None:
    assert same_key(typed, "B08-1")


def test_inner_blanks_and_the_unicode_form_make_no_other_key() -> None:
    assert same_key("Acme  Ltd", "Acme Ltd")
    assert same_key(DECOMPOSED, COMPOSED)
    assert folded_key(DECOMPOSED.upper()) == folded_key(COMPOSED)


@pytest.mark.parametrize("other", ["B08-2", "B081", "B08 1", "Cafe 7"])
def test_other_keys_stay_apart(other: str) -> None:
    assert not same_key(other, "B08-1")
    assert not same_key(other, COMPOSED)


@pytest.mark.accepts("DRV-32")
@pytest.mark.parametrize("typed", ["standard", "standard ", " standard", "standard\u00a0"])
def test_a_mapped_code_is_found_however_it_was_typed(typed: str) -> None:
    assert mapped({typed: "OUTPUT2"}, "standard") == "OUTPUT2"


def test_a_mapped_code_is_found_in_another_unicode_form() -> None:
    assert mapped({DECOMPOSED: "1"}, COMPOSED) == "1"


def test_the_code_as_it_is_comes_before_one_with_blanks() -> None:
    assert mapped({"north ": "1", "north": "2"}, "north") == "2"


def test_the_case_of_a_code_of_the_platform_counts() -> None:
    assert mapped({"North": "1"}, "north") is None
    assert mapped({"north": None}, "south", "absent") == "absent"
    assert mapped({"north": None}, "north", "absent") is None


def test_the_ledger_s_own_id_or_code_is_trimmed() -> None:
    assert ledger_key(" 79 ") == "79"
    assert ledger_key(79) == "79"
    assert ledger_key(None) == ledger_key("") == ""
