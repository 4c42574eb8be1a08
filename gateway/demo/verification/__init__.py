"""Whether the books agree at the end, and how every fault was survived.

Both sides are read for themselves: `ledger_books.py` reads the simulators' own account of
their books. Start at `comparison.py`; `recovery_report.py` tells of the faults from counts
that were measured.
"""
