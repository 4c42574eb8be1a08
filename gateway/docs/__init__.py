"""The pages of docs/ that are generated from code: settings, metrics, errors, capabilities.

In: the code and `docs/*.toml`. Out: the text of the pages, which `ledgerlane docs` writes and
tests compare. Start at `reference.py`. Imports any folder; only the command imports it.
"""
