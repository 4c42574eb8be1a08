"""Plain values take a short way: it returns what the long one would."""

import unicodedata
from decimal import Decimal

import pytest
from hypothesis import given, strategies as st

from schemas.documents.catalogue import Undecodable, decode
from schemas.documents.document import DocumentType
from schemas.documents.numbers import _plain
from schemas.documents.texts import one_line, several_lines

MARKS = " \t\n\r\x1c\x7f\u00adaZ0-~\u0301é\u2003"
TEXTS = st.text(alphabet=st.sampled_from(MARKS), max_size=12)


@given(TEXTS)
def test_a_text_of_one_line_is_tidied_the_same_either_way(text: str) -> None:
    long_way = one_line(text + "é").removesuffix("é")
    assert one_line(text) == " ".join(unicodedata.normalize("NFC", long_way).split())
    assert one_line(one_line(text)) == one_line(text)


@given(TEXTS)
def test_a_text_of_several_lines_is_tidied_the_same_either_way(text: str) -> None:
    long_way = several_lines(f"é\n{text}").removeprefix("é\n")
    assert several_lines(text) == ("" if long_way.isspace() else long_way)


@pytest.mark.parametrize(
    ("number", "plain"),
    [
        ("0E+5", "0"),
        ("-0.00", "0"),
        ("1E+3", "1000"),
        ("1.50", "1.50"),
        ("1E-7", "1E-7"),
        ("123456789012345." + "1" * 64, "123456789012345." + "1" * 64),
        ("1." + "0" * 90, "1"),
    ],
)
def test_a_number_is_plain_whatever_its_text(number: str, plain: str) -> None:
    assert str(_plain(Decimal(number))) == plain


@pytest.mark.parametrize(("blank", "length"), [(" ", 1000), ("\t", 1000), ("", 1001)])
def test_the_length_of_a_text_is_that_of_what_is_kept(blank: str, length: int) -> None:
    payload = f'{{"id":"c","name":"{blank.encode("unicode_escape").decode()}{"x" * length}"}}'
    if length <= 1000:
        assert decode(DocumentType.CUSTOMER, payload).model_dump()["name"] == "x" * length
    else:
        with pytest.raises(Undecodable, match="name: String should have at most 1000"):
            decode(DocumentType.CUSTOMER, payload)
