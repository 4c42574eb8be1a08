"""Codes are found wherever the source makes a reason, and one that can't be read is refused."""

from pathlib import Path

import pytest

from gateway.docs.error_codes import HiddenCode, Made, find_codes
from providers.qbo.error_codes import REFUSED, TABLE
from providers.xero.error_codes import RULES
from schemas.errors import ErrorCategory, Solver

ROOT = Path(__file__).parents[3]
ROWS = """
from schemas.errors import Reason
from dataclasses import dataclass
@dataclass
class Row:
    status: int
    code: str
    cause: str
    category: ErrorCategory = ErrorCategory.NETWORK
    solver: Solver = Solver.NOBODY
def invalid(code: str, cause: str) -> Reason:
    return Reason(code, ErrorCategory.VALIDATION, cause, "Mend it.", Solver.PLATFORM)
def told(row: Row) -> Reason:
    return Reason(row.code, row.category, row.cause, "Wait.", row.solver)
"""


def codes_of(root: Path, **modules: str) -> list[Made]:
    """Give the codes of a repository with these modules in one folder."""
    (root / "schemas").mkdir()
    (root / "schemas/errors.py").write_text((ROOT / "schemas/errors.py").read_text("utf-8"))
    (root / "providers").mkdir()
    for name, text in modules.items():
        (root / "providers" / f"{name}.py").write_text(text)
    return list(find_codes(root))


def made(code: str, category: ErrorCategory, solver: Solver) -> Made:
    return Made(code, category, solver, "providers/one.py")


@pytest.mark.parametrize(
    ("text", "category", "solver"),
    [
        ('Reason("away", ErrorCategory.AUTH, "c", "f")', "AUTH", "TENANT_ADMIN"),
        ('Reason(cause="c", fix="f", code="away", solver=Solver.OPERATOR,'
         ' category=ErrorCategory.INTERNAL)', "INTERNAL", "OPERATOR"),
        ('AWAY = "away"\nReason(AWAY, ErrorCategory.AUTH, "c", "f")', "AUTH", "TENANT_ADMIN"),
        ('from providers.rows import Row as R\nR(1, "away", "c")', "NETWORK", "NOBODY"),
        ('from providers.rows import invalid\ninvalid("away", "c")', "VALIDATION", "PLATFORM"),
        ('def _auth(*, code, cause="c"):\n    return [Reason(code, ErrorCategory.AUTH, cause,'
         ' "f")]\n_auth(code="away")', "AUTH", "TENANT_ADMIN"),
        ('from schemas import errors\n'
         'def f():\n    return errors.Reason("away", ErrorCategory.SETTING, "c", "f")',
         "SETTING", "TENANT_ADMIN"),
    ],
)  # fmt: skip
def test_a_code_is_found_however_its_reason_is_made(
    tmp_path: Path, text: str, category: str, solver: str
) -> None:
    expected = [made("away", ErrorCategory[category], Solver[solver])]
    assert codes_of(tmp_path, rows=ROWS, one=text) == expected


@pytest.mark.parametrize(
    "text",
    [
        'def f(name):\n    return Reason(name, ErrorCategory.AUTH, "c", "f")',
        'def f(code):\n    return Reason(code, ErrorCategory.AUTH, "c", "f")',
        'Reason("a" + "way", ErrorCategory.AUTH, "c", "f")',
        'Reason(*said)',
        'Reason("away", kind, "c", "f")',
        'from dataclasses import replace\nreplace(reason, code="away")',
    ],
)  # fmt: skip
def test_a_code_that_can_not_be_read_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(HiddenCode, match=r"providers/one\.py:\d+"):
        codes_of(tmp_path, one=text)


def test_what_only_shares_a_name_makes_no_reason(tmp_path: Path) -> None:
    other = "class Row:\n    code: str\nRow(code=unknown)\n"
    assert codes_of(tmp_path, rows=ROWS, one=other) == []


def test_the_rows_of_the_providers_tables_are_read_as_they_are() -> None:
    found = {(one.code, one.category, one.solver) for one in find_codes(ROOT)}
    quickbooks = {(row.code, row.category, row.solver) for row in (*TABLE.values(), REFUSED)}
    rows = quickbooks | {(rule.code, rule.category, rule.solver) for rule in RULES}
    assert len(rows) > 60
    assert rows <= found
