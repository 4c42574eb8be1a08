"""The page of what we change names every rule of fitting, with its limit."""

from collections.abc import Iterable

import pytest

from ledgerlane_outbox import sizes
from providers.fitting import FittingRule, fields_of
from providers.qbo.fitting import rules_of
from providers.xero.fitting import RULES as XERO_RULES
from schemas.errors import LONGEST_TEXT
from tests.unit.docs.pages import Page
from tests.unit.providers.qbo.samples import CA, US

PAGE = Page("docs/what-we-change.md").text


def rows(title: str, rules: Iterable[FittingRule]) -> Iterable[str]:
    """Yield the beginning of the table's row about each field."""
    for field, rule in fields_of(rules):
        codes = ", ".join(f"`{step.code}`" for step in rule.steps)
        yield f"| {title} | `{field}` | {rule.limit:,} | {codes} |"


@pytest.mark.parametrize(
    ("title", "rules"),
    [("QuickBooks", rules_of(US)), ("QuickBooks", rules_of(CA)), ("Xero", XERO_RULES)],
)
def test_every_rule_of_fitting_has_its_row(title: str, rules: Iterable[FittingRule]) -> None:
    assert [row for row in rows(title, rules) if row not in PAGE] == []


def test_the_budgets_are_those_of_the_code() -> None:
    for budget in (
        f"A payload of more than {sizes.LARGEST_PAYLOAD:,} bytes",
        f"the value of a header of more than {sizes.LARGEST_TEXT:,} bytes",
        f"all headers of more than {sizes.LARGEST_HEADERS:,} bytes together",
        f"of more than {LONGEST_TEXT:,} characters in a reason",
        f"An id of more than {sizes.LARGEST_TEXT:,} bytes",
        f"a result of more than {sizes.LARGEST_PAYLOAD:,} bytes",
    ):
        assert budget in PAGE


def test_every_step_is_explained() -> None:
    rules = (*rules_of(US), *XERO_RULES)
    codes = {step.code for rule in rules for step in rule.steps}
    assert {code for code in codes if f"- `{code}`: " not in PAGE} == set()
