"""The types of texts in documents, and how they are made comparable.

Natural keys (names, numbers, codes, references) are normalised once, here, so that `B08-1 `
and `B08-1` are one number wherever it is compared, looked up or sent. The lengths are generous:
what a ledger has no room for is fitted to it where it is written.
"""

import re
import unicodedata
from typing import Annotated, Final

from pydantic import AfterValidator, Field

# What has no width and no meaning in a key, but tells two keys apart: zero-width spaces, marks
# of direction, soft hyphens, marks of byte order, and what is no character at all. Joiners
# stay, as scripts and emoji need them.
_UNSEEN: Final = re.compile(
    "[\\u00ad\\u061c\\u180e\\u200b\\u200e\\u200f\\u202a-\\u202e\\u2060-\\u2069\\ufeff\\ufff9-\\uffff]"
)
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_CONTROLS_IN_TEXT: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def _control(found: re.Match[str]) -> str:
    """Return what a control character becomes: one that separates is a blank."""
    return " " if found[0].isspace() else ""


def one_line(text: str) -> str:
    """Return a natural key or a text of one line as it is compared, looked up and sent.

    It is trimmed and in the Unicode form NFC, every run of blanks is one space, and it holds no
    control characters.
    """
    seen = _UNSEEN.sub("", _CONTROLS.sub(_control, text))
    return " ".join(unicodedata.normalize("NFC", seen).split())


def several_lines(text: str) -> str:
    """Return a text without control characters; blanks, tabs and ends of lines stay."""
    ends = text.replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", _CONTROLS_IN_TEXT.sub(_control, ends))


def _country(text: str) -> str:
    tidy = one_line(text)
    return tidy.upper() if len(tidy) == len("GB") else tidy


_OneLine: Final = AfterValidator(one_line)

DocumentId = Annotated[str, AfterValidator(str.strip), Field(min_length=1, max_length=64)]
Name = Annotated[str, _OneLine, Field(min_length=1, max_length=500)]
Number = Annotated[str, _OneLine, Field(min_length=1, max_length=255)]
Code = Annotated[str, _OneLine, Field(max_length=255)]
ShortText = Annotated[str, _OneLine, Field(max_length=1000)]
Country = Annotated[str, AfterValidator(_country), Field(max_length=255)]
LongText = Annotated[str, AfterValidator(several_lines), Field(max_length=32_000)]
