"""Reading many records: the where language, order, filters and pages.

The parameters of a list come in, the records of one page go out. May import `wire` and
`books`; it changes nothing. Begin with `listing.py`; `where.py` parses and compares.
"""
