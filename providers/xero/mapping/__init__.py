"""Between canonical documents and Xero's elements; pure.

A write goes in, the element that Xero is to be sent comes out; an answered element goes in,
what the ledger holds comes out. One file per document; start at `invoice.py`.
"""
