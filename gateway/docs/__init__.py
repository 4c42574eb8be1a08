"""The pages of docs/ that are made from code: settings, metrics, errors, capabilities.

`ledgerlane docs` writes them, and tests compare them. Start at `reference.py`. Nothing of
the product imports this room.
"""
