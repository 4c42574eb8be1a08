"""Numbers in the usual form are read at once, and mean what their steps would make of them."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, strategies as st
from pydantic import ValidationError

from schemas.documents.lines import Line

USUAL = st.from_regex(r"-?[0-9]{1,17}(\.[0-9]{1,66})?", fullmatch=True)


def outcome(field: str, written: object) -> Any:
    """Return every digit of a number as it was read, or why it was refused."""
    try:
        line = Line.model_validate({"id": "1", "unit_price": "1", field: written})
    except ValidationError as exc:
        return [found["msg"] for found in exc.errors()]
    return getattr(line, field).as_tuple()


@pytest.mark.parametrize("field", ["unit_price", "tax_rate"])
@given(written=USUAL)
def test_what_is_read_at_once_is_what_its_steps_would_read(field: str, written: str) -> None:
    assert outcome(field, written) == outcome(field, f" {written}"), (
        "a blank asks for the steps"
    )


@pytest.mark.parametrize("field", ["unit_price", "tax_rate"])
@pytest.mark.parametrize("written", ["0", "-0", "0.00", "007.50", "100", "100.00", "99.99"])
def test_a_number_is_the_same_as_text_and_as_number(field: str, written: str) -> None:
    assert outcome(field, written) == outcome(field, Decimal(written))
    if "." not in written:
        assert outcome(field, written) == outcome(field, int(written))


@pytest.mark.parametrize("written", ["0.00", "-0.0", Decimal("0.00"), 0])
def test_a_zero_has_neither_decimals_nor_a_sign(written: object) -> None:
    assert outcome("unit_price", written) == Decimal(0).as_tuple()


@pytest.mark.parametrize("written", [True, None, "1_000", "٣", "1\n2", "1.1.1"])
def test_what_is_no_certain_number_has_no_way_past_its_steps(written: object) -> None:
    assert isinstance(outcome("unit_price", written), list)
