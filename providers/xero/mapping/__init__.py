"""From canonical documents to Xero's elements, one file for each document; pure.

A document and the books of its organisation go in, the parts of an element come out, each
worked out only when it is sent (`providers/parts.py`). Imports the company, the markers and
the refusals. Start at `catalogue.py`, which says which collection a document is in; `books.py`
is what a mapping may look up, `lines.py` keeps the totals.
"""
