"""The page of errors: what each reason code means, what to do, and what happens then.

The words are those of `docs/errors.toml`; which codes there are, their categories and who can
act are read from the source. Either without the other is refused.
"""

import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from gateway.docs.error_codes import Made, find_codes
from gateway.errors import Refusal
from schemas import errors

PAGE: Final = Path(errors.PAGE)
CATALOGUE: Final = Path("docs/errors.toml")

_CODE: Final = "<code>"  # in the words for what happens afterwards
_HEAD: Final = """\
<!-- Made by `ledgerlane docs`; do not edit. -->

# Errors

Every reason code: what it means, what to do, and what happens by itself afterwards. A reason
is what a record is held, retried, skipped or dead for. It has a `code`, a `category`, a `cause`
with what is particular to this document, a `fix`, a `solver` (who can act), the provider's own
words for its support (`provider_code`), and a `link` to the heading of its code on this page.
Reasons are in the [tasks](runbooks/tasks.md), in dead letters (`ledgerlane dead show <id>`), in
the records (`ledgerlane inspect`) and in `sync.results`. A record that is held or dies is a
line of the worker's log too, `record.held` or `record.dead`, without the cause and the
provider's words: those may name people.

Where nobody need act at first, the task of a document that stopped all the same names the
tenant's admin. The connection's settings, which some steps are about, are the `settings`
column of its row in `connections`: `accounts`, `tax_codes` and `classes`. The words of this
page are kept in [errors.toml](errors.toml).
"""


class UnexplainedCode(Refusal):
    """The source and the catalogue do not have the same codes."""


@dataclass(frozen=True, slots=True)
class Explained:
    """What is said of a code.

    Attributes:
        what: What happened, and why it mostly does.
        do: The steps, in their order.
        then: What happens afterwards, a key of the catalogue's own table.
    """

    what: str
    do: Sequence[str]
    then: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What is said of each code, and what can happen afterwards."""

    afterwards: Mapping[str, str]
    codes: Mapping[str, Explained]


def errors_page(root: Path) -> str:
    """Write the page of all codes of the repository at ``root``.

    Raises:
        UnexplainedCode: a code has no entry, or an entry no code.
        HiddenCode: the source has a reason whose code can't be read there.
    """
    catalogue, made = read_catalogue(root), _by_code(root)
    if differing := sorted(made.keys() ^ catalogue.codes.keys()):
        raise UnexplainedCode(f"only one of the source and {CATALOGUE} has {differing}")
    return "\n".join([_HEAD, *_index(made), *_sections(catalogue, made)])


def read_catalogue(root: Path) -> Catalogue:
    """Read the catalogue of the repository at ``root``."""
    found: dict[str, Any] = tomllib.loads((root / CATALOGUE).read_text("utf-8"))
    codes = {code: Explained(**said) for code, said in found["codes"].items()}
    return Catalogue(found["afterwards"], codes)


def _by_code(root: Path) -> Mapping[str, Sequence[Made]]:
    found: dict[str, list[Made]] = defaultdict(list)
    for made in find_codes(root):
        found[made.code].append(made)
    return {code: found[code] for code in sorted(found)}


def _index(made: Mapping[str, Sequence[Made]]) -> Iterator[str]:
    yield from ("| Code | Category | Who can act |", "|---|---|---|")
    for code, places in made.items():
        yield f"| [{code}](#{code}) | {_categories(places)} | {_solvers(places)} |"
    yield ""


def _sections(catalogue: Catalogue, made: Mapping[str, Sequence[Made]]) -> Iterator[str]:
    for code, places in made.items():
        said = catalogue.codes[code]
        files = sorted({place.file for place in places})
        yield from (f"## {code}", "", said.what, "")
        yield f"- *Category*: {_categories(places)}. *Who can act*: {_solvers(places)}."
        yield f"- *Told by*: {', '.join(f'[{file}](../{file})' for file in files)}."
        yield from ("", "What to do:", "")
        yield from (f"{number}. {step}" for number, step in enumerate(said.do, 1))
        yield from (
            "",
            f"Afterwards: {catalogue.afterwards[said.then].replace(_CODE, code)}",
            "",
        )


def _categories(places: Sequence[Made]) -> str:
    return ", ".join(f"`{one}`" for one in sorted({place.category for place in places}))


def _solvers(places: Sequence[Made]) -> str:
    return ", ".join(f"`{one}`" for one in sorted({place.solver for place in places}))
