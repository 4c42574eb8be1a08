"""Look-ups: by id where there is a link, else by what Xero and the platform both know.

Writes of one type go in, one answer per write comes out. One file for each kind of document;
imports the client, the mapping and the markers. Start at `finder.py`.
"""
