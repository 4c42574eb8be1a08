"""The page of errors: what each reason code means, what to do, and what happens then.

All of it is in the catalogues of reasons, so a reason that can be given is on the page.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.errors import Refusal
from providers import reasons as of_several_providers
from providers.registry import PROVIDERS
from schemas import contradictions, errors, reasons as of_no_provider
from schemas.errors import ReasonCode, codes_in

PAGE: Final = Path(errors.PAGE)

_CODE: Final = "<code>"  # in the words for what happens afterwards
_DETAIL: Final = re.compile(r"\{(\w+)[^}]*\}")  # in the words of a cause or a fix
_HEAD: Final = """\
<!-- Made by `ledgerlane docs`; do not edit. -->

# Errors

Every reason code: what it means, what to do, and what happens afterwards without anyone's
doing. A reason is what a record is held, retried, skipped or dead for. It has a `code`, a
`category`, a `cause` with what is particular to this document, a `fix`, a `solver` (who can
act), the provider's own words for its support (`provider_code`), and a `link` to the heading of
its code on this page. Reasons are in the [tasks](runbooks/tasks.md), in dead letters
(`ledgerlane dead show <id>`), in the records (`ledgerlane inspect`) and in `sync.results`. A
record that is held or dies is a line of the worker's log too, `record.held` or `record.dead`,
without the cause and the provider's words: those may name people.

Where `nobody` need act at first, the task of a document that stopped all the same names the
tenant's admin. The connection's settings, which some steps are about, are the `settings`
column of its row in `connections`: `accounts`, `tax_codes`, `classes`, `items`, `payments`
([which](what-we-change.md#settings-of-a-connection)), and `names` and `numbers`
([names and numbers](what-we-change.md#names-and-numbers)). The words of this
page are those of the catalogues: `schemas/reasons.py`, `providers/reasons.py` and
`providers/<name>/reasons/`.
"""


class AmbiguousCode(Refusal):
    """Two entries of the catalogues have the same code and are not the same one reworded."""


@dataclass(frozen=True, slots=True)
class Source:
    """One catalogue.

    Attributes:
        title: Who gives its reasons, for people.
        codes: Its entries, reworded ones included.
        is_fallback: Whether its words are said only of codes that no other catalogue rewords.
    """

    title: str
    codes: Sequence[ReasonCode]
    is_fallback: bool = False


@dataclass(frozen=True, slots=True)
class _Section:
    """What the catalogues say of one code.

    Attributes:
        entries: The code in the words of each situation; at least one.
        titles: Who gives it.
    """

    entries: Sequence[ReasonCode]
    titles: Sequence[str]


def sources() -> Sequence[Source]:
    """Return every catalogue there is: adding a provider adds its own."""
    return (
        Source("the gateway", codes_in(of_no_provider, contradictions)),
        *(Source(provider.title, provider.reasons) for provider in PROVIDERS.values()),
        Source("every provider", codes_in(of_several_providers), is_fallback=True),
    )


def errors_page(catalogues: Iterable[Source]) -> str:
    """Return the page of all codes.

    Raises:
        AmbiguousCode: two entries share a code by accident.
    """
    sections = _by_code(catalogues)
    return "\n".join([_HEAD, *_index(sections), *_sections(sections)])


def _by_code(catalogues: Iterable[Source]) -> Mapping[str, _Section]:
    found: dict[str, _Section] = {}
    for source in catalogues:
        for entry in source.codes:
            known = found.get(entry.code, _Section((), ()))
            if known.entries and _page_words(known.entries[0]) != _page_words(entry):
                raise AmbiguousCode(f"the code {entry.code} is defined twice")
            if source.is_fallback and set(known.titles) - {source.title}:
                continue  # said by each provider in words of its own
            titles = dict.fromkeys([*known.titles, source.title])
            found[entry.code] = _Section([*known.entries, entry], list(titles))
    return {code: found[code] for code in sorted(found)}


def _page_words(entry: ReasonCode) -> tuple[object, ...]:
    """Return what rewording an entry leaves as it is."""
    return entry.what, entry.do, entry.then


def _index(sections: Mapping[str, _Section]) -> Iterator[str]:
    yield from ("| Code | Category | Who can act |", "|---|---|---|")
    for code, section in sections.items():
        yield f"| [{code}](#{code}) | {_categories(section)} | {_solvers(section)} |"
    yield ""


def _sections(sections: Mapping[str, _Section]) -> Iterator[str]:
    for code, section in sections.items():
        first = section.entries[0]
        yield from (f"## {code}", "", first.what, "")
        yield f"- *Category*: {_categories(section)}. *Who can act*: {_solvers(section)}."
        yield f"- *Given by*: {', '.join(section.titles)}."
        yield from ("", "What to do:", "")
        yield from (f"{number}. {step}" for number, step in enumerate(first.do, 1))
        yield from (
            "",
            f"Afterwards: {first.then.replace(_CODE, code)}",
            "",
            "As it is said:",
            "",
        )
        yield from _wordings(section)
        yield ""


def _wordings(section: _Section) -> Iterator[str]:
    for cause, fix in dict.fromkeys((one.cause, one.fix) for one in section.entries):
        yield f"- *Cause*: {_shown(cause)} *Fix*: {_shown(fix)}"


def _shown(words: str) -> str:
    """Return the words of a cause or a fix with the names of its details."""
    return _DETAIL.sub(r"`\1`", words.replace("<", "&lt;"))


def _categories(section: _Section) -> str:
    return ", ".join(
        f"`{one}`" for one in sorted({entry.category for entry in section.entries})
    )


def _solvers(section: _Section) -> str:
    return _listed(entry.solver for entry in section.entries)


def _listed(values: Iterable[str]) -> str:
    return ", ".join(f"`{value}`" for value in sorted(set(values)))
