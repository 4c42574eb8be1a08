"""The page of errors: up to date, complete, and useful to whoever follows a link to it."""

from pathlib import Path

import pytest

from gateway.docs.error_codes import find_codes
from gateway.docs.errors_page import PAGE, UnexplainedCode, errors_page, read_catalogue
from schemas.errors import link_to
from tests.unit.docs.pages import ROOT, Page

CODES = sorted({made.code for made in find_codes(ROOT)})
CATALOGUE = read_catalogue(ROOT)

GIVES_A_REASON = """
from schemas.errors import ErrorCategory, Reason, Solver

GONE = Reason("gone", ErrorCategory.SETTING, "It is gone.", "Restore it.", Solver.PLATFORM)
"""
EXPLAINS_IT = """
[afterwards]
replay = "`ledgerlane dead replay --code <code>` tries it again."

[codes.gone]
what = "The record is no longer there."
do = ["Look for it.", "Restore it."]
then = "replay"
"""


def repository(root: Path, *, catalogue: str, source: str = GIVES_A_REASON) -> Path:
    """Make a repository that gives one reason, with a catalogue."""
    for folder in ("consumers/sync", "docs", "schemas"):
        (root / folder).mkdir(parents=True)
    (root / "schemas/errors.py").write_text((ROOT / "schemas/errors.py").read_text("utf-8"))
    (root / "consumers/sync/plan.py").write_text(source)
    (root / "docs/errors.toml").write_text(catalogue)
    return root


def test_the_page_is_that_of_the_code() -> None:
    assert (ROOT / PAGE).read_text("utf-8") == errors_page(ROOT), "run `ledgerlane docs`"


def test_the_link_of_every_code_leads_to_its_heading() -> None:
    assert len(CODES) > 100
    anchors = Page(PAGE.as_posix()).anchors
    assert {code: link_to(code) for code in CODES} == {
        code: f"{PAGE.as_posix()}#{code}" for code in CODES if code in anchors
    }


@pytest.mark.parametrize("code", CATALOGUE.codes)
def test_a_code_says_what_happened_what_to_do_and_what_happens_then(code: str) -> None:
    said = CATALOGUE.codes[code]
    assert said.what.endswith(".")
    assert len(said.what.split()) >= 8
    assert said.do
    assert [step for step in said.do if not step.endswith(".")] == []
    assert CATALOGUE.afterwards[said.then].endswith(".")


def test_nothing_is_said_of_afterwards_that_no_code_leads_to() -> None:
    assert {said.then for said in CATALOGUE.codes.values()} == set(CATALOGUE.afterwards)


def test_a_section_has_what_the_catalogue_and_the_source_say(tmp_path: Path) -> None:
    page = errors_page(repository(tmp_path, catalogue=EXPLAINS_IT))
    assert "| [gone](#gone) | `setting` | `platform` |" in page
    assert page.partition("## gone\n")[2].split("\n") == [
        "",
        "The record is no longer there.",
        "",
        "- *Category*: `setting`. *Who can act*: `platform`.",
        "- *Told by*: [consumers/sync/plan.py](../consumers/sync/plan.py).",
        "",
        "What to do:",
        "",
        "1. Look for it.",
        "2. Restore it.",
        "",
        "Afterwards: `ledgerlane dead replay --code gone` tries it again.",
        "",
    ]


@pytest.mark.parametrize(
    ("catalogue", "source"),
    [("[afterwards]\n[codes]", GIVES_A_REASON), (EXPLAINS_IT, "")],
    ids=["a code without an entry", "an entry without a code"],
)
def test_a_code_and_its_entry_come_and_go_together(
    tmp_path: Path, catalogue: str, source: str
) -> None:
    with pytest.raises(UnexplainedCode, match="'gone'"):
        errors_page(repository(tmp_path, catalogue=catalogue, source=source))
