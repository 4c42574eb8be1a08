"""Look-ups: by id where there is a link, else by what Xero and the platform both know.

Writes of one type go in, one answer per write comes out. One file per collection; start at
`reader.py`.
"""
