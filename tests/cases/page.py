"""The rows of docs/cases.md, made from the table."""

from collections.abc import Iterator

from tests.cases.ends import End
from tests.cases.table import CASES


def rows() -> Iterator[str]:
    """Yield a row for each document of each case, the case named in its first."""
    for name, case in CASES.items():
        named = f"`{name}`: {case.about}"
        for document_id, (quickbooks, xero) in case.ends.items():
            at_xero = "the same" if xero == quickbooks else in_words(xero)
            yield f"| {named} | `{document_id}` | {in_words(quickbooks)} | {at_xero} |"
            named = ""


def in_words(end: End) -> str:
    """Return an end as a person reads it."""
    said = [f"{end.state}: `{end.code}`" if end.code else end.state]
    if end.figures is not None:
        figures = end.figures
        said.append(f"{figures.currency} {figures.total}, tax {figures.tax}")
        said.append(f"open {figures.open}")
    said += [f"{name} `{text}`" for name, text in end.shown.items() if text]
    if end.remarks:
        said.append(f"with remarks: {', '.join(f'`{one}`' for one in end.remarks)}")
    if end.tasks and not end.code:
        said.append(f"task `{end.tasks[0]}`")
    return "; ".join(said)
