"""The ``where`` language of Xero's lists: parsed into a predicate over records.

Grammar, loosest first: ``or`` of ``and`` of comparisons; operands are literals, ``guid("")``,
``DateTime(y, m, d)``, dotted field paths, and string methods on them.

Source: Xero page "Requests and Responses", read 2026-09.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final, TypeAlias

from providers.simulators.xero.books.table import Record, plain
from providers.simulators.xero.wire.errors import QueryParseError

_TOKEN: Final = re.compile(
    r"""\s*(?:(?P<string>"(?:[^"\\]|\\.)*")|(?P<number>-?\d+(?:\.\d+)?)
    |(?P<op>==|!=|>=|<=|&&|\|\||[=<>(),])|(?P<word>\.?[A-Za-z_][\w.]*))""",
    re.VERBOSE,
)
_METHODS: Final = frozenset({"contains", "startswith", "endswith", "tolower", "toupper"})
_LITERALS: Final[Mapping[str, bool | None]] = {"true": True, "false": False, "null": None}
_COMPARISONS: Final = frozenset({"==", "=", "!=", ">", ">=", "<", "<="})

Operand: TypeAlias = Callable[[Record], Any]
FieldPaths: TypeAlias = Mapping[str, Sequence[str]]
"""The keys that lead to a field, by its dotted name in lower case."""


def field_paths(*names: str) -> FieldPaths:
    """Return the paths of fields such as ``Contact.ContactID``."""
    return {name.lower(): name.split(".") for name in names}


@dataclass(frozen=True, slots=True)
class FieldUse:
    """One comparison of a field.

    Attributes:
        path: Dotted name in lower case; ends in ``()`` when a method is called on the
            field.
        operator: Comparison, as written.
        value: Literal that the field is compared with.
        in_or: Whether the comparison stands within an ``or``.
    """

    path: str
    operator: str
    value: Any
    in_or: bool


@dataclass(frozen=True, slots=True)
class Where:
    """A parsed condition.

    Attributes:
        matches: Returns whether a record meets the condition.
        uses: Every comparison of a field in the condition.
    """

    matches: Callable[[Record], bool]
    uses: Sequence[FieldUse]

    def equalities(self) -> Mapping[str, Any]:
        """Return the values that fields must have for a record to match at all."""
        return {u.path: u.value for u in self.uses if u.operator == "==" and not u.in_or}


def parse_where(text: str, known: FieldPaths) -> Where:
    """Parse a condition over the ``known`` fields.

    Raises:
        QueryParseError: bad grammar, or an unknown field.
    """
    parser = _Parser(_tokens(text), known)
    return parser.parse()


def _tokens(text: str) -> list[tuple[str, str]]:
    found, position = [], 0
    text = text.strip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            raise QueryParseError(f"Syntax error at position {position} of the where clause")
        found.append((match.lastgroup, match[match.lastgroup]))
        position = match.end()
    return found


class _Parser:
    """Recursive descent over the tokens; collects the fields used."""

    def __init__(self, tokens: list[tuple[str, str]], known: FieldPaths) -> None:
        self._tokens = [*tokens, ("end", "")]
        self._at = 0
        self._known = known
        self._uses: list[FieldUse] = []
        self._path: str | None = None

    def parse(self) -> Where:
        matches = self._or()
        if self._peek() != "":
            raise QueryParseError(f"Unexpected '{self._peek()}' in the where clause")
        return Where(matches, tuple(self._uses))

    def _peek(self) -> str:
        kind, value = self._tokens[self._at]
        return value.lower() if kind == "word" else value

    def _next(self) -> tuple[str, str]:
        self._at += 1
        return self._tokens[self._at - 1]

    def _accept(self, *values: str) -> bool:
        if self._tokens[self._at][0] != "string" and self._peek() in values:
            self._at += 1
            return True
        return False

    def _expect(self, value: str) -> None:
        if not self._accept(value):
            raise QueryParseError(f"'{value}' expected in the where clause")

    def _or(self) -> Callable[[Record], bool]:
        start = len(self._uses)
        terms = [self._and()]
        while self._accept("or", "||"):
            terms.append(self._and())
        if len(terms) == 1:
            return terms[0]
        self._uses[start:] = [
            FieldUse(u.path, u.operator, u.value, in_or=True) for u in self._uses[start:]
        ]
        return lambda record: any(term(record) for term in terms)

    def _and(self) -> Callable[[Record], bool]:
        terms = [self._comparison()]
        while self._accept("and", "&&"):
            terms.append(self._comparison())
        if len(terms) == 1:
            return terms[0]
        return lambda record: all(term(record) for term in terms)

    def _comparison(self) -> Callable[[Record], bool]:
        if self._accept("("):
            inner = self._or()
            self._expect(")")
            return inner
        left, path = self._operand()
        if self._peek() not in _COMPARISONS:
            self._note(path, "method", None)
            return lambda record: left(record) is True
        operator = self._next()[1].replace("==", "=")
        right, _ = self._operand()
        self._note(path, "==" if operator == "=" else operator, right({}))
        return lambda record: _compare(operator, left(record), right(record))

    def _note(self, path: str | None, operator: str, value: Any) -> None:
        if path is not None:
            self._uses.append(FieldUse(path, operator, value, in_or=False))

    def _operand(self) -> tuple[Operand, str | None]:
        kind, value = self._next()
        if kind == "string":
            text = _unquote(value)
            return (lambda _record: text), None
        if kind == "number":
            number = Decimal(value)
            return (lambda _record: number), None
        if kind != "word":
            raise QueryParseError(f"Unexpected '{value}' in the where clause")
        return self._word(value)

    def _word(self, word: str) -> tuple[Operand, str | None]:
        lower = word.lower()
        if lower in _LITERALS:
            literal = _LITERALS[lower]
            return (lambda _record: literal), None
        if lower in {"guid", "datetime"}:
            constant = _constant(lower, self._arguments())
            return (lambda _record: constant), None
        return self._field(word)

    def _field(self, word: str) -> tuple[Operand, str | None]:
        """Read a path with the string methods called on it."""
        names = word.lower().split(".")
        method = names.pop() if len(names) > 1 and names[-1] in _METHODS else None
        path = ".".join(names)
        if path not in self._known:
            raise QueryParseError(f"No property or field '{word}' exists")
        operand = at_path(self._known[path])
        if method is None:
            return operand, path
        operand = _called(operand, method, self._arguments(), word)
        while self._peek().startswith("."):
            method = self._next()[1].lower().removeprefix(".")
            operand = _called(operand, method, self._arguments(), word)
        return operand, f"{path}()"

    def _arguments(self) -> list[Any]:
        self._expect("(")
        values: list[Any] = []
        while not self._accept(")"):
            operand, path = self._operand()
            if path is not None:
                raise QueryParseError("Arguments must be literals")
            values.append(operand({}))
            if not self._accept(","):
                self._expect(")")
                break
        return values


def _unquote(token: str) -> str:
    return re.sub(r"\\(.)", r"\1", token[1:-1])


def _constant(name: str, arguments: list[Any]) -> Any:
    try:
        if name == "guid":
            return str(arguments[0]).lower()
        year, month, day, *rest = (int(a) for a in arguments)
        hour, minute, second = (*rest, 0, 0, 0)[:3]
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except (ValueError, TypeError, IndexError) as exc:
        raise QueryParseError(f"Bad arguments of {name}()") from exc


def at_path(keys: Sequence[str]) -> Operand:
    """Return a reader of a field; None where it or anything on the way is missing or blank."""

    def read(record: Record) -> Any:
        value: Any = record
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        return None if value == "" else value

    return read


def _called(operand: Operand, method: str, arguments: list[Any], word: str) -> Operand:
    def call(record: Record) -> Any:
        value = operand(record)
        if not isinstance(value, str):
            raise QueryParseError(f"{word} was called on a field without a value")
        return _string_method(value, method, arguments)

    return call


def _string_method(value: str, method: str, arguments: list[Any]) -> Any:
    if method not in _METHODS:
        raise QueryParseError(f"No method '{method}' exists")
    if method in {"tolower", "toupper"}:
        return value.lower() if method == "tolower" else value.upper()
    if len(arguments) != 1 or not isinstance(arguments[0], str):
        raise QueryParseError(f"{method} takes one string")
    folded, part = value.casefold(), arguments[0].casefold()
    if method == "contains":
        return part in folded
    return folded.startswith(part) if method == "startswith" else folded.endswith(part)


def _compare(operator: str, left: Any, right: Any) -> bool:
    left, right = _comparable(left), _comparable(right)
    if operator == "=":
        return bool(left == right)
    if operator == "!=":
        return bool(left != right)
    if left is None or right is None:
        return False
    try:
        return bool(_ORDERINGS[operator](left, right))
    except TypeError as exc:
        raise QueryParseError(f"Operator '{operator}' incompatible with operand types") from exc


_ORDERINGS: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
}


def _comparable(value: Any) -> Any:
    """Bring texts to one case without accents, and calendar dates to midnight UTC."""
    if isinstance(value, str):
        return plain(value) or None
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    return value
