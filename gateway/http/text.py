"""The texts that callers send: anything that the database can store."""

from typing import Annotated, Final

from pydantic import AfterValidator, Field

ZERO: Final = "\x00"
"""What no text of PostgreSQL may have."""


def without_zero(text: str) -> str:
    """Return the text unchanged.

    Raises:
        ValueError: it has a zero character.
    """
    if ZERO in text:
        raise ValueError("leave the zero character out")
    return text


Text = Annotated[
    str,
    AfterValidator(without_zero),
    Field(json_schema_extra={"pattern": r"^[^\u0000]*$"}),
]
