"""From canonical documents to QuickBooks bodies, one file for each document; pure.

A document and the books of its company go in, the parts of a body come out, each worked out
only when it is sent (`providers/parts.py`). Imports the company, the markers and the refusals.
Start at `catalogue.py`, which says which entity a document is; `books.py` is what a mapping may
look up, `lines.py` keeps the totals.
"""
