"""The types of texts in documents, and how they are made comparable.

Natural keys (names, numbers, codes, references) are normalised once, here, so that `B08-1 `
and `B08-1` are one number wherever it is compared, looked up or sent. The lengths are generous:
what a ledger has no room for is fitted to it where it is written.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import GetCoreSchemaHandler
from pydantic_core import core_schema

# What has no width and no meaning in a key, but tells two keys apart: zero-width spaces, marks
# of direction, soft hyphens, marks of byte order, and what is no character at all.
_UNSEEN: Final = re.compile(
    "[\\u00ad\\u061c\\u180e\\u200b\\u200e\\u200f\\u202a-\\u202e\\u2060-\\u2069\\ufeff\\ufff9-\\ufffb\\ufffe\\uffff]"
)
# Joiners stay where scripts and emoji need them: between two characters beyond ASCII.
_IDLE_JOINERS: Final = re.compile(
    r"(?<![^\x00-\x7f])[\u200c\u200d]+|[\u200c\u200d]+(?![^\x00-\x7f])"
)
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_CONTROLS_IN_TEXT: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def _control(found: re.Match[str]) -> str:
    """Return what a control character becomes: one that separates is a blank."""
    return " " if found[0].isspace() else ""


def _is_plain(text: str) -> bool:
    """Return whether a text has the visible characters of ASCII and spaces only."""
    return text.isascii() and text.isprintable()


def one_line(text: str) -> str:
    """Return a natural key or a text of one line as it is compared, looked up and sent.

    It is trimmed and in the Unicode form NFC, every run of blanks is one space, and it holds no
    control characters.
    """
    # Most texts are plain already, and nothing of what follows would change them.
    if _is_plain(text) and "  " not in text and text == text.strip():
        return text
    seen = _UNSEEN.sub("", _CONTROLS.sub(_control, text))
    return _composed(_IDLE_JOINERS.sub("", _composed(seen)))


def _composed(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def several_lines(text: str) -> str:
    """Return a text without control characters; blanks, tabs and ends of lines stay.

    One of blanks alone is empty.
    """
    if not _is_plain(text):
        ends = text.replace("\r\n", "\n").replace("\r", "\n")
        text = unicodedata.normalize("NFC", _CONTROLS_IN_TEXT.sub(_control, ends))
    return "" if text.isspace() else text


def _country(text: str) -> str:
    tidy = one_line(text)
    return tidy.upper() if len(tidy) == len("GB") else tidy


@dataclass(frozen=True, slots=True)
class _Tidied:
    """A text that is tidied first, and whose length is checked then.

    A length beside an `AfterValidator` would be checked by a call of Python for each field; a
    document has dozens of them.

    Attributes:
        tidy: Returns the text as it is kept.
        longest: The most characters of it.
        shortest: The fewest characters of it.
    """

    tidy: Callable[[str], str]
    longest: int
    shortest: int = 0

    def __get_pydantic_core_schema__(
        self, source: type[str], handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        tidied = core_schema.no_info_after_validator_function(self.tidy, handler(source))
        bounded = core_schema.str_schema(min_length=self.shortest, max_length=self.longest)
        return core_schema.chain_schema([tidied, bounded])


DocumentId = Annotated[str, _Tidied(str.strip, 64, shortest=1)]
Name = Annotated[str, _Tidied(one_line, 1000, shortest=1)]
Number = Annotated[str, _Tidied(one_line, 255, shortest=1)]
Code = Annotated[str, _Tidied(one_line, 255)]
ShortText = Annotated[str, _Tidied(one_line, 32_000)]
Country = Annotated[str, _Tidied(_country, 255)]
LongText = Annotated[str, _Tidied(several_lines, 32_000)]
