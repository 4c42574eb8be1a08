"""A variable of the environment: its name, its description, and the reader of its text.

Each reader takes the text of a variable that is set, and returns its value or raises a
ValueError that says what to write instead. No message repeats the text, which may be a secret.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, field
from enum import StrEnum
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

VARIABLE: Final = "variable"
_LEAST_API_KEY: Final = 32
_HIGHEST_PORT: Final = 65535
_LOG: Final = "wal+"
_MOST_SHARDS: Final = 64
_HOST_PORT: Final = re.compile(r"[^\s:,]+:\d{1,5}")
_NAME: Final = re.compile(r"[a-z][a-z0-9_-]*")

EnumT = TypeVar("EnumT", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable.

    Attributes:
        name: The name without the prefix of its part.
        meaning: The description for docs/settings.md.
        read: Returns the value of a text.
        secret: Whether the value must not be printed.
    """

    name: str
    meaning: str
    read: Callable[[str], Any]
    secret: bool = False


def variable(
    name: str, meaning: str, read: Callable[[str], Any], *, secret: bool = False
) -> dict[str, Variable]:
    """Return the metadata of a field whose value comes from a variable of the environment."""
    return {VARIABLE: Variable(name, meaning, read, secret)}


def variable_of(described: Field[Any]) -> Variable:
    """Return the variable that decides a field."""
    found: Variable = described.metadata[VARIABLE]
    return found


def default_text(described: Field[Any]) -> str:
    """Return a field's default as the text of its variable; empty where there is none."""
    default = described.default
    if default is MISSING or default in ("", (), None):
        return ""
    return str(default).lower() if isinstance(default, bool) else str(default)


def read_fields(
    described: tuple[Field[Any], ...], prefix: str, environ: Mapping[str, str]
) -> tuple[dict[str, Any], list[str]]:
    """Read the fields whose variables are set: values by field name, and what is wrong."""
    values: dict[str, Any] = {}
    wrong: list[str] = []
    for one in described:
        name = prefix + variable_of(one).name
        said = environ.get(name, "").strip()
        if not said and one.default is MISSING:
            wrong.append(f"{name} is not set: {variable_of(one).meaning}")
        elif said:
            try:
                values[one.name] = variable_of(one).read(said)
            except ValueError as exc:
                wrong.append(f"{name}: {exc}")
    return values, wrong


@dataclass(frozen=True, slots=True)
class OutboxSource:
    """A database whose outbox is relayed, in so many shards.

    Attributes:
        reads_log: By the write-ahead log, whole, instead of the table.
    """

    name: str
    url: str = field(repr=False)
    shards: int = 1
    reads_log: bool = False


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A bearer key of the API and the name that logs know its holder by."""

    name: str
    key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class CrashPoint:
    """Where a fault test kills the process: the ``nth`` time, from 1, that it gets there."""

    name: str
    nth: int = 1


def text(said: str) -> str:
    """Return the text unchanged."""
    return said


def names(said: str) -> tuple[str, ...]:
    """Read names with commas between them."""
    found = tuple(one.strip() for one in said.split(","))
    if "" in found:
        raise ValueError("has an empty name: write names with one comma between each two")
    return found


def choice(kind: type[EnumT]) -> Callable[[str], EnumT]:
    """Read one of an enumeration's values."""

    def read(said: str) -> EnumT:
        try:
            return kind(said.lower())
        except ValueError:
            raise ValueError(f"is {said!r}, not one of: {', '.join(kind)}") from None

    return read


def switch(said: str) -> bool:
    """Read ``true`` or ``false``."""
    if said.lower() not in ("true", "false"):
        raise ValueError(f"is {said!r}: write true or false")
    return said.lower() == "true"


def count(said: str) -> int:
    """Read a whole number from 1."""
    if not said.isascii() or not said.isdigit() or int(said) < 1:
        raise ValueError(f"is {said!r}: write a whole number from 1")
    return int(said)


def count_to(most: int) -> Callable[[str], int]:
    """Read a whole number from 1 to ``most``."""

    def read(said: str) -> int:
        found = count(said)
        if found > most:
            raise ValueError(f"is {said!r}: write {most} at most")
        return found

    return read


def port(said: str) -> int:
    """Read a TCP port."""
    if not said.isascii() or not said.isdigit() or not 0 < int(said) <= _HIGHEST_PORT:
        raise ValueError(f"is {said!r}: write a port from 1 to {_HIGHEST_PORT}")
    return int(said)


def database_url(said: str) -> str:
    """Read the address of a PostgreSQL database, as SQLAlchemy's asyncpg dialect wants it."""
    scheme, _, rest = said.partition("://")
    known = scheme in ("postgresql", "postgres", "postgresql+asyncpg")
    if not known or not urlsplit(f"postgresql://{rest}").path.strip("/"):
        raise ValueError("is no database: write postgresql://user@host:port/name")
    return f"postgresql+asyncpg://{rest}"


def brokers(said: str) -> str:
    """Read the addresses of Kafka brokers."""
    if not all(_HOST_PORT.fullmatch(one.strip()) for one in said.split(",")):
        raise ValueError(f"is {said!r}: write host:port, and more of them after commas")
    return said


def web_address(said: str) -> str:
    """Read an address for HTTP, without its trailing slash."""
    found = urlsplit(said)
    if found.scheme not in ("http", "https") or not found.hostname:
        raise ValueError(f"is {said!r}: write an address that starts with https://")
    return said.rstrip("/")


def return_urls(said: str) -> tuple[str, ...]:
    """Read addresses that browsers are sent to, as they are compared: without a query."""
    found = tuple(one.strip() for one in said.split(","))
    for one in found:
        parts = urlsplit(web_address(one))
        if parts.query or parts.fragment or parts.username is not None:
            raise ValueError(f"has {one!r}: leave out query, fragment and user")
    return found


def scopes(said: str) -> tuple[str, ...]:
    """Read scopes with blanks between them."""
    return tuple(said.split())


def sources(said: str) -> tuple[OutboxSource, ...]:
    """Read ``name=url,...``: the databases to relay from, ``name=wal+url`` by their log."""
    found = []
    for one in said.split(","):
        name, _, url = one.strip().partition("=")
        if not _NAME.fullmatch(name):
            raise ValueError("is no list of sources: write name=postgresql://...,name=...")
        try:
            address = database_url(url.removeprefix(_LOG))
            found.append(OutboxSource(name, address, reads_log=url.startswith(_LOG)))
        except ValueError as exc:
            raise ValueError(f"source {name!r} {exc}") from None
    if len({source.name for source in found}) < len(found):
        raise ValueError("has a source twice: give each a name of its own")
    return tuple(found)


def shards(said: str) -> tuple[tuple[str, int], ...]:
    """Read ``source=count,...``: in how many shards to relay a source."""
    found: dict[str, int] = {}
    for one in said.split(","):
        name, _, number = one.strip().partition("=")
        if not _NAME.fullmatch(name) or name in found:
            raise ValueError("is no list of shard counts: write source=count,... once for each")
        found[name] = count(number)
        if found[name] > _MOST_SHARDS:
            raise ValueError(f"has {number} shards of {name!r}: write {_MOST_SHARDS} at most")
    return tuple(found.items())


def api_keys(said: str) -> tuple[ApiKey, ...]:
    """Read ``name:key,...``: who may call the API."""
    found = []
    for one in said.split(","):
        name, _, key = one.strip().partition(":")
        if not _NAME.fullmatch(name) or len(key) < _LEAST_API_KEY:
            raise ValueError(
                f"is no list of keys: write name:key,... with keys of {_LEAST_API_KEY} "
                "characters or more, as `openssl rand -hex 32` makes them"
            )
        found.append(ApiKey(name, key))
    return tuple(found)


def crash_point(said: str) -> CrashPoint:
    """Read ``name`` or ``name:nth``."""
    name, _, nth = said.partition(":")
    return CrashPoint(name, count(nth) if nth else 1)
