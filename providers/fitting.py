"""What rules of fitting are made of: the cosmetic texts of a document made to fit a ledger.

A rule says of one field which steps make it fit; `<provider>/fitting.py` has the rules of a
provider in one table. A step is pure: a value and its limit go in, what the ledger gets comes
out. What carries money has no rule here: it is exact, or refused. An item's price is what a
ledger proposes for lines that people write there; ours carry their own.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from hashlib import sha256
from typing import Any, Final, TypeVar, cast

from pydantic import BaseModel

from schemas.documents.document import Document
from schemas.money import EXACT, has_at_most
from schemas.remarks import Remark, bounded, remark

D = TypeVar("D", bound=Document)
Value = str | tuple[str, ...] | Decimal
Room = Callable[[Any], Sequence[int]]
"""Returns the limit of a field in this very document: one for each line, or the only one."""

_DIGEST: Final = 6  # characters, of 16 kinds: texts of one beginning stay apart
_SEVERAL: Final = re.compile(r"[,;\s]+")
_IN_ONE_WORD: Final = re.compile(r"[/|]")  # part addresses, though they may stand in one
_AROUND_ADDRESS: Final = "<>()[]\"'.:"
_LABEL_BEFORE: Final = re.compile("[^@]*:")  # `mailto:`, or what else names it
_ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?"
_ADDRESS: Final = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})+")
_TELEPHONE: Final = re.compile(r"\+?\(?\d[\d ().\-\u2013/]*")
_FEWEST_DIGITS: Final = 7  # of a number that is no code of an area, and no extension
_MOST_DIGITS: Final = 15  # of a telephone number, by ITU-T E.164
_NOT_IN_A_NUMBER: Final = re.compile(r"[^\d+]")
_BETWEEN_LINES: Final = ", "
_TYPOGRAPHY: Final = str.maketrans(
    dict.fromkeys("‐‑‒–—―−", "-")  # noqa: RUF001 - the marks themselves
    | dict.fromkeys("‘’‚‛′", "'")  # noqa: RUF001
    | dict.fromkeys("“”„‟″«»", '"')
    | {"…": "...", "×": "x", "ß": "ss", "æ": "ae", "Æ": "AE", "ø": "o", "Ø": "O", "ł": "l"}  # noqa: RUF001
)


@dataclass(frozen=True, slots=True)
class FittingStep:
    """One way in which a text is made to fit.

    Attributes:
        code: What was done, in snake case; the remark's code.
        fit: Returns what the ledger gets of a value and its limit; the value itself where
            nothing is to be done.
    """

    code: str
    fit: Callable[[Any, int], Value | None]


@dataclass(frozen=True, slots=True)
class FittingRule:
    """How one field of some documents is made to fit.

    Attributes:
        of: The documents that it is about.
        field: The field, such as ``address.city`` or ``lines.description``.
        limit: The most characters that the ledger takes, or decimals of a number.
        steps: What is done, in order.
        room: Returns what is left of the limit in a document, at least half of it; ``None``
            where all of it is.
    """

    of: type[Document] | tuple[type[Document], ...]
    field: str
    limit: int
    steps: tuple[FittingStep, ...]
    room: Room | None = None


@dataclass(frozen=True, slots=True)
class Fitted:
    """A document as a ledger gets it.

    Attributes:
        document: The document with every text made to fit.
        remarks: What was changed in it.
    """

    document: Document
    remarks: tuple[Remark, ...] = ()


def fit(document: Document, rules: Iterable[FittingRule]) -> Fitted:
    """Return a document made to fit by these rules; what they do not name stays as it is."""
    remarks: list[Remark] = []
    for rule in rules:
        if isinstance(document, rule.of):
            document = _Fitting(rule, document, remarks).inside(document, rule.field.split("."))
    return Fitted(document, bounded(remarks))


@dataclass(frozen=True, slots=True)
class _Fitting:
    """One rule on its way through one document.

    Attributes:
        rule: The rule.
        document: The whole document, on which the limit may depend.
        remarks: Where a remark goes.
        rooms: The limits in this document, once one has been asked for.
    """

    rule: FittingRule
    document: Document
    remarks: list[Remark]
    rooms: list[int] = field(default_factory=list)

    def inside(self, value: Any, path: Sequence[str], at: str = "", line: int = 0) -> Any:
        """Return a value with the field at this path made to fit."""
        name, *rest = path
        held = getattr(value, name)
        at = f"{at}{name}"
        if not rest:
            fitted = self._fitted(held, at, line)
        elif isinstance(held, tuple):
            one_by_one = (self.inside(v, rest, f"{at}.{i}.", i) for i, v in enumerate(held))
            fitted = tuple(one_by_one)
        else:
            fitted = self.inside(held, rest, f"{at}.", line)
        return value if fitted == held else _with(value, name, fitted)

    def _fitted(self, said: Value | None, at: str, line: int) -> Value | None:
        if not said:
            return said
        sent, code = cast(Value | None, said), ""
        limit = self._limit(0 if isinstance(said, Decimal) else len(said), line)
        for step in self.rule.steps:
            before, sent = sent, step.fit(sent, limit)
            code = step.code if sent != before else code
        if sent != said:
            # Nothing is left of it, whichever step that was.
            code = code if sent else LEFT_OUT.code
            self.remarks.append(remark(code, at, _text(said), _text(sent)))
        return sent

    def _limit(self, size: int, line: int) -> int:
        """Return the limit; what else has to fit is worked out only where it may matter."""
        if self.rule.room is None or size <= self.rule.limit // 2:
            return self.rule.limit
        if not self.rooms:
            self.rooms.extend(self.rule.room(self.document))
        return self.rooms[line]


def _with(value: BaseModel, name: str, fitted: Any) -> BaseModel:
    return value.model_copy(update={name: fitted})


def _text(value: Value | None) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value if isinstance(value, str) else "\n".join(value or ())


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[:limit].rstrip()


def _shortened(text: str, limit: int) -> str:
    """Return a key cut to fit; texts of one beginning stay apart by the mark at the end."""
    if len(text) <= limit:
        return text
    return f"{text[: limit - _DIGEST - 1].rstrip()}~{_digest(text)}"


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:_DIGEST]


def _none_beyond(text: str, limit: int) -> str:
    return text if len(text) <= limit else ""


def _first_address(text: str, limit: int) -> str:
    """Return the first of several e-mail addresses; nothing where none of them is one."""
    found = (_in_ascii(part) for part in _address_parts(text))
    return next((one for one in found if len(one) <= limit and _ADDRESS.fullmatch(one)), "")


def _address_parts(text: str) -> Iterator[str]:
    for word in _SEVERAL.split(text):
        parts = _IN_ONE_WORD.split(word) if word.count("@") > 1 else [word]
        for part in parts:
            yield _LABEL_BEFORE.sub("", part.strip(_AROUND_ADDRESS))


def _in_ascii(address: str) -> str:
    """Return an address whose domain is written in ASCII, as mail is sent to it."""
    mailbox, at, domain = unicodedata.normalize("NFKC", address).rpartition("@")
    if domain.isascii():
        return mailbox + at + domain
    try:
        return mailbox + at + domain.encode("idna").decode()
    except UnicodeError:
        return address


def _first_number(text: str, limit: int) -> str:
    """Return the first telephone number, without what stands around it, where all do not fit.

    A slash is a part of one number in some countries, and stands between two in others.
    """
    if len(text) <= limit:
        return text
    found = (one.group().rstrip(" -/.(") for one in _TELEPHONE.finditer(text))
    parts = (part for one in found for part in (one, *map(str.strip, one.split("/"))))
    numbers = (p for p in parts if _FEWEST_DIGITS <= _digits(p) <= _MOST_DIGITS)
    return next(numbers, text)


def _bare_number(text: str, limit: int) -> str:
    """Return a telephone number without blanks and marks where it does not fit with them.

    Letters between digits part them, so that what is left would be no number.
    """
    if len(text) <= limit or _digits(text) > _MOST_DIGITS or any(map(str.isalpha, text)):
        return text
    return _NOT_IN_A_NUMBER.sub("", text)


def _digits(text: str) -> int:
    return sum(map(str.isdigit, text))


def _plain(text: str, _limit: int) -> str:
    """Return a text in printable ASCII; one that has no such form ends with a mark of its own.

    Accents are dropped, and marks of typography are written as a typewriter has them.
    """
    if text.isascii() and text.isprintable():
        return text
    decomposed = unicodedata.normalize("NFKD", text.translate(_TYPOGRAPHY))
    letters = "".join(c for c in decomposed.translate(_TYPOGRAPHY) if not _is_accent(c))
    if not letters.strip():  # accents that stand alone have no letter to be dropped from
        letters = text
    plain = "".join(c if c.isascii() and c.isprintable() else "_" for c in letters)
    return plain if letters == plain else f"{plain}~{_digest(text)}"


def _is_accent(character: str) -> bool:
    return bool(unicodedata.combining(character))


def _rounded(price: Decimal, decimals: int) -> Decimal | None:
    """Return a price with as many decimals as are kept; nothing where it would be zero."""
    if has_at_most(decimals, price):
        return price
    return price.quantize(Decimal(1).scaleb(-decimals), context=EXACT) or None


def _joined(lines: tuple[str, ...], most: int, longest: int, in_all: int) -> tuple[str, ...]:
    """Return the lines of an address; those beyond go to the end of the last one."""
    fitting = lines
    if len(lines) > most:
        fitting = (*lines[: most - 1], _BETWEEN_LINES.join(filter(None, lines[most - 1 :])))
    longest = min(longest, in_all // most) if sum(map(len, fitting)) > in_all else longest
    return tuple(_cut(line, longest) for line in fitting)


CUT: Final = FittingStep("cut", _cut)
SHORTENED: Final = FittingStep("shortened", _shortened)
LEFT_OUT: Final = FittingStep("left_out", _none_beyond)
FIRST_ADDRESS: Final = FittingStep("first_address", _first_address)
FIRST_NUMBER: Final = FittingStep("first_number", _first_number)
BARE_NUMBER: Final = FittingStep("marks_left_out", _bare_number)
ROUNDED: Final = FittingStep("rounded", _rounded)
PLAIN: Final = FittingStep("plain_letters", _plain)


def replacing(*pairs: tuple[str, str]) -> FittingStep:
    """Return the step that replaces patterns which a ledger does not take."""

    def replaced(text: str, _limit: int) -> str:
        for pattern, instead in pairs:
            text = re.sub(pattern, instead, text)
        return " ".join(text.split())

    return FittingStep("marks_replaced", replaced)


def address_lines(most: int, *, in_all: int) -> FittingStep:
    """Return the step that fits the lines of an address: so many, ``in_all`` characters."""
    return FittingStep(
        "lines_joined", lambda lines, longest: _joined(lines, most, longest, in_all)
    )


def limit_of(document: Document, field: str, rules: Iterable[FittingRule]) -> int:
    """Return how many characters a ledger takes of a field; 0 where no rule is about it."""
    found = (rule for rule in rules if isinstance(document, rule.of) and rule.field == field)
    return next((rule.limit for rule in found), 0)


def fields_of(rules: Iterable[FittingRule]) -> Iterator[tuple[str, FittingRule]]:
    """Yield every field of every kind of document that has a rule, as people name it."""
    for rule in rules:
        kinds = rule.of if isinstance(rule.of, tuple) else (rule.of,)
        for kind in kinds:
            yield f"{kind.__name__.lower()}.{rule.field}", rule
