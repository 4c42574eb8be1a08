"""QuickBooks' query language, from text to a statement.

Source: Intuit "Data queries" page, as of 2026.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from providers.simulators.control_characters import has_control_characters
from providers.simulators.qbo.wire import errors

TYPOGRAPHY = frozenset(
    "\N{EN DASH}\N{EM DASH}\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}"
    "\N{LEFT DOUBLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}"
)
OPERATORS = frozenset({"=", "<", ">", "<=", ">=", "IN", "LIKE"})
TOKEN = re.compile(
    r"""\s*(?:
        '(?P<quoted>(?:[^'\\]|\\.)*)'
      | (?P<operator><=|>=|=|<|>)
      | (?P<mark>[(),*])
      | (?P<word>[\w.+-]+)
    )""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class QueryToken:
    """A piece of a statement.

    Attributes:
        kind: What it is: ``quoted``, ``operator``, ``mark`` or ``word``.
        text: Its text, without quotes and escapes.
    """

    kind: str
    text: str

    def is_word(self, *words: str) -> bool:
        """Return whether this is one of the keywords, which may be in any case."""
        return self.kind == "word" and self.text.upper() in words


@dataclass(frozen=True, slots=True)
class QueryCondition:
    """One condition of a WHERE clause.

    Attributes:
        name: Property that is compared, with its path where it is nested.
        operator: Comparison, in capitals: ``=``, ``<``, ``>``, ``<=``, ``>=``, ``IN`` or
            ``LIKE``.
        values: What the property is compared with; one value unless the operator is IN.
    """

    name: str
    operator: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SortKey:
    """One key of an ORDERBY clause.

    Attributes:
        name: Property that is sorted by.
        descending: Whether the largest value comes first.
    """

    name: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class QueryStatement:
    """A parsed query.

    Attributes:
        entity: Name behind FROM, as written.
        names: Selected properties; empty selects all.
        counting: Whether ``count(*)`` is asked for.
        conditions: Conditions that must all hold.
        order: Sort keys, the most significant first.
        start: Number, from 1, of the first row of the page.
        limit: The most rows of the page.
    """

    entity: str
    names: tuple[str, ...] = ()
    counting: bool = False
    conditions: tuple[QueryCondition, ...] = ()
    order: tuple[SortKey, ...] = ()
    start: int = 1
    limit: int = 100


def check_characters(text: str) -> None:
    """Refuse what the lexer of QuickBooks does not know, in quotes as well.

    Reported: en dashes and curly quotes, as word processors make them; letters of any
    alphabet pass.

    Raises:
        QboRefused: 4000, at the first such character.
    """
    for position, character in enumerate(text, start=1):
        if character in TYPOGRAPHY or has_control_characters(character):
            code = f"U+{ord(character):04X}"
            raise errors.query_syntax(f"Lexical error at column {position}: {code}")


def tokenize(text: str) -> list[QueryToken]:
    r"""Split a statement; in quotes a backslash escapes.

    Raises:
        QboRefused: 4000, at the first piece that is none.
    """
    tokens: list[QueryToken] = []
    position = 0
    text = text.rstrip()
    while position < len(text):
        match = TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            rest = text[position:].strip()
            raise errors.query_syntax(f'Encountered "{rest[:1]}" at column {position + 1}')
        piece = match.group(match.lastgroup)
        if match.lastgroup == "quoted":
            piece = re.sub(r"\\(.)", r"\1", piece)
        tokens.append(QueryToken(match.lastgroup, piece))
        position = match.end()
    return tokens


@dataclass(slots=True)
class QueryParser:
    """Reads a statement from its tokens, left to right.

    Attributes:
        tokens: All tokens of the statement.
        position: Index of the next token.
    """

    tokens: Sequence[QueryToken]
    position: int = field(default=0, init=False)

    def statement(self) -> QueryStatement:
        """Read the whole statement.

        Raises:
            QboRefused: 4000.
        """
        self._expect_word("SELECT")
        names, counting = self._projection()
        self._expect_word("FROM")
        entity = self._word()
        conditions = self._conditions() if self._take_word("WHERE") else ()
        order = self._order()
        start = self._number() if self._take_word("STARTPOSITION") else 1
        limit = self._number() if self._take_word("MAXRESULTS") else 100
        if self.position < len(self.tokens):
            raise self._surprise()
        return QueryStatement(entity, names, counting, conditions, order, start, limit)

    def _peek(self) -> QueryToken | None:
        return self.tokens[self.position] if self.position < len(self.tokens) else None

    def _next(self) -> QueryToken:
        token = self._peek()
        if token is None:
            raise errors.query_syntax('Encountered "<EOF>"')
        self.position += 1
        return token

    def _surprise(self) -> errors.QboRefused:
        token = self._peek()
        return errors.query_syntax(f'Encountered "{token.text if token else "<EOF>"}"')

    def _take_word(self, *words: str) -> bool:
        token = self._peek()
        if token is not None and token.is_word(*words):
            self.position += 1
            return True
        return False

    def _take_mark(self, mark: str) -> bool:
        token = self._peek()
        if token == QueryToken("mark", mark):
            self.position += 1
            return True
        return False

    def _expect_word(self, word: str) -> None:
        if not self._take_word(word):
            raise self._surprise()

    def _expect_mark(self, mark: str) -> None:
        if not self._take_mark(mark):
            raise self._surprise()

    def _word(self) -> str:
        token = self._peek()
        if token is None or token.kind != "word":
            raise self._surprise()
        self.position += 1
        return token.text

    def _number(self) -> int:
        token = self._next()
        if not re.fullmatch(r"-?\d+", token.text):
            self.position -= 1
            raise self._surprise()
        return int(token.text)

    def _projection(self) -> tuple[tuple[str, ...], bool]:
        if self._take_word("COUNT"):
            for mark in "(*)":
                self._expect_mark(mark)
            return (), True
        names = [self._column()]
        while self._take_mark(","):
            names.append(self._column())
        return (() if names == ["*"] else tuple(names)), False

    def _column(self) -> str:
        return "*" if self._take_mark("*") else self._word()

    def _conditions(self) -> tuple[QueryCondition, ...]:
        conditions = [self._condition()]
        while self._take_word("AND"):
            conditions.append(self._condition())
        return tuple(conditions)

    def _condition(self) -> QueryCondition:
        name = self._word()
        operator = self._next().text.upper()
        if operator not in OPERATORS:
            self.position -= 1
            raise self._surprise()
        values = self._list() if operator == "IN" else (self._value(),)
        return QueryCondition(name, operator, values)

    def _list(self) -> tuple[str, ...]:
        self._expect_mark("(")
        values = [self._value()]
        while self._take_mark(","):
            values.append(self._value())
        self._expect_mark(")")
        return tuple(values)

    def _value(self) -> str:
        """Read a quoted value, or a bare number or boolean."""
        token = self._next()
        bare = token.kind == "word" and re.fullmatch(r"(?i)true|false|-?[\d.]+", token.text)
        if token.kind != "quoted" and not bare:
            self.position -= 1
            raise self._surprise()
        return token.text

    def _order(self) -> tuple[SortKey, ...]:
        if self._take_word("ORDER"):
            self._expect_word("BY")
        elif not self._take_word("ORDERBY"):
            return ()
        keys = [self._order_key()]
        while self._take_mark(","):
            keys.append(self._order_key())
        return tuple(keys)

    def _order_key(self) -> SortKey:
        name = self._word()
        descending = self._take_word("DESC")
        if not descending:
            self._take_word("ASC")
        return SortKey(name, descending)


def parse(text: str) -> QueryStatement:
    """Parse a statement.

    Raises:
        QboRefused: 4000, with the piece that surprised.
    """
    return QueryParser(tokenize(text)).statement()
