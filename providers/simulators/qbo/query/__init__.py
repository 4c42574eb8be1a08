"""Reading many objects: the query language and change data.

A query's text comes in, the objects of one page go out. May import `wire`, `entities` and
`books`; it changes nothing. Begin with `listing.py`; `language.py` parses, `conditions.py`
compares, `change_data.py` is the other way to read many.
"""
