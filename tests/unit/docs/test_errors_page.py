"""The page of errors: up to date, complete, and useful to whoever follows a link to it."""

import ast
import string
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module

import pytest

from gateway.docs.errors_page import PAGE, AmbiguousCode, Source, errors_page, sources
from providers.registry import PROVIDERS
from schemas.afterwards import Afterwards
from schemas.errors import ErrorCategory, ReasonCode, Solver, link_to
from tests.house.source import SourceFile, files_of, tree_of
from tests.unit.docs.pages import ROOT, Page

CATALOGUES = sources()
ENTRIES = [entry for source in CATALOGUES for entry in source.codes]
CODES = sorted({entry.code for entry in ENTRIES})
OURS = ("consumers", "gateway", "producers", "providers", "schemas")
CATALOGUE_FILES = {
    "schemas/reasons.py",
    "providers/reasons.py",
    *(
        f"providers/{name}/reasons/{file}.py"
        for name in PROVIDERS
        for file in ("documents", "settings", "records", "calls")
    ),
}

MOVED = ReasonCode(
    code="moved",
    category=ErrorCategory.SETTING,
    solver=Solver.PLATFORM,
    cause="The {kind} moved to {place!r}.",
    fix="Look for it in {place!r}.",
    what="The record is no longer there.",
    do=("Look for it.", "Restore it."),
    then=Afterwards.DEFECT,
)


def calls() -> Iterator[tuple[str, ast.Call, str]]:
    """Return every call in the product, with its file and the name that is called."""
    for folder in OURS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            file = path.relative_to(ROOT).as_posix()
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call):
                    yield file, node, ast.unparse(node.func).rpartition(".")[2]


def used_in(file: SourceFile) -> Iterator[str]:
    """Return the dotted names of modules' constants that a file reads, its own included."""
    tree = tree_of(file)
    bound = {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield bound.get(node.id, f"{file.module}.{node.id}")
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield f"{bound.get(node.value.id, node.value.id)}.{node.attr}"


def test_every_reason_of_the_catalogues_is_used() -> None:
    files = files_of(OURS)
    reasons = {
        f"{file.module}.{name}"
        for file in files
        if file.path in CATALOGUE_FILES
        for name, value in vars(import_module(file.module)).items()
        if isinstance(value, ReasonCode) and f"\n{name}: Final = " in file.text
    }
    assert len(reasons) > 100
    assert reasons - {name for file in files for name in used_in(file)} == set()


def test_the_page_is_that_of_the_catalogues() -> None:
    assert (ROOT / PAGE).read_text("utf-8") == errors_page(CATALOGUES), "run `ledgerlane docs`"


def test_the_link_of_every_code_leads_to_its_heading() -> None:
    assert len(CODES) > 100
    anchors = Page(PAGE.as_posix()).anchors
    assert {code: link_to(code) for code in CODES} == {
        code: f"{PAGE.as_posix()}#{code}" for code in CODES if code in anchors
    }


def test_a_reason_is_made_from_its_entry_alone() -> None:
    made = {
        f"{file}:{call.lineno}"
        for file, call, name in calls()
        if name == "Reason" or (name == "replace" and _gives(call, "code"))
    }
    assert {place.partition(":")[0] for place in made} == {"schemas/errors.py"}


def test_an_entry_stands_in_a_catalogue_alone() -> None:
    makers = {"ReasonCode", "reworded"}
    assert {file for file, _, name in calls() if name in makers} == CATALOGUE_FILES
    defined = sum(name in makers for _, _, name in calls())
    assert len(ENTRIES) == defined, "an entry is no constant of its module, or is there twice"


def _gives(call: ast.Call, name: str) -> bool:
    return any(keyword.arg == name for keyword in call.keywords)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.code)
def test_an_entry_says_what_happened_what_to_do_and_who(entry: ReasonCode) -> None:
    assert entry.cause.endswith((".", "}"))
    assert entry.fix.endswith(".")
    assert len(entry.what.split()) >= 8
    assert entry.do
    assert [said for said in (entry.what, *entry.do, entry.then) if said[-1] != "."] == []
    if entry.fix.startswith("Nothing: "):
        assert entry.solver is Solver.NOBODY
    if entry.solver is Solver.NOBODY:
        assert entry.fix.startswith("Nothing")


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.code)
def test_a_fix_names_no_detail_that_the_cause_does_not(entry: ReasonCode) -> None:
    assert _details(entry.fix) <= _details(entry.cause)


def _details(words: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(words) if name}


def test_nothing_is_said_of_afterwards_that_no_code_leads_to() -> None:
    assert {entry.then for entry in ENTRIES} == set(Afterwards)


def test_a_section_has_what_the_catalogue_says_in_every_wording() -> None:
    bent = MOVED.reworded(cause="It is < that.", fix="Bend it.", solver=Solver.OPERATOR)
    page = errors_page([Source("Paper", [MOVED, bent])])
    assert "| [moved](#moved) | `setting` | `operator`, `platform` |" in page
    assert page.partition("## moved\n")[2].split("\n") == [
        "",
        "The record is no longer there.",
        "",
        "- *Category*: `setting`. *Who can act*: `operator`, `platform`.",
        "- *Given by*: Paper.",
        "",
        "What to do:",
        "",
        "1. Look for it.",
        "2. Restore it.",
        "",
        "Afterwards: " + Afterwards.DEFECT.replace("<code>", "moved"),
        "",
        "As it is said:",
        "",
        "- *Cause*: The `kind` moved to `place`. *Fix*: Look for it in `place`.",
        "- *Cause*: It is &lt; that. *Fix*: Bend it.",
        "",
    ]


def test_the_words_for_any_provider_give_way_to_a_providers_own() -> None:
    own = MOVED.reworded(cause="It is at Paper's.", fix="Ask Paper.")
    general = Source("every provider", [MOVED], is_fallback=True)
    page = errors_page([Source("Paper", [own]), general])
    assert "- *Given by*: Paper.\n" in page
    assert "The `kind` moved" not in page
    assert "- *Given by*: every provider.\n" in errors_page([general])


def test_two_entries_may_not_share_a_code_by_accident() -> None:
    other = replace(MOVED, what="Something else altogether.")
    with pytest.raises(AmbiguousCode, match="moved"):
        errors_page([Source("Paper", [MOVED]), Source("Stone", [other])])


def test_a_reason_has_the_details_of_its_case() -> None:
    reason = MOVED.reason("E7", kind="invoice", place="attic")
    assert (reason.code, reason.category, reason.solver) == (
        "moved",
        ErrorCategory.SETTING,
        Solver.PLATFORM,
    )
    assert reason.cause == "The invoice moved to 'attic'."
    assert reason.fix == "Look for it in 'attic'."
    assert reason.provider_code == "E7"
    with pytest.raises(KeyError, match="place"):
        MOVED.reason(kind="invoice")
