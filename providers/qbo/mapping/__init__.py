"""From canonical documents to QuickBooks bodies, one file per document; pure.

`parts.py` says how fields are chosen, `books.py` what a mapping may look up, `amounts.py` how
lines keep their totals, `catalogue.py` which entity a document is.
"""
