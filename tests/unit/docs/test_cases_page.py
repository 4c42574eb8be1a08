"""The page of the shared cases says what their test asserts."""

from tests.cases.page import rows
from tests.unit.docs.pages import Page

PAGE = Page("docs/cases.md").text


def test_the_page_has_the_rows_of_the_table_and_no_other() -> None:
    shown = [line for line in PAGE.splitlines() if line.startswith("|")]
    assert shown[2:] == list(rows())
