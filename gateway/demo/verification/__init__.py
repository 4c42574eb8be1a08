"""The end of a demo: a comparison of both books, and a report on every fault.

Each side is read independently: `ledger_books.py` reads the simulators' account of their
books. In: books and counts; out: a `DemoResult`. Start at `comparison.py`;
`recovery_report.py` reports on the faults from measured counts. Imports `schemas/` and the
demo's faults and simulators.
"""
