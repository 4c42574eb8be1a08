"""Look-ups: by id where there is a link, else by what QuickBooks and the platform both know.

A write goes in, the ledger's record of its document comes out, or nothing. One file for each
kind of document; imports the client, the mapping and the markers. Start at `finder.py`.
"""
