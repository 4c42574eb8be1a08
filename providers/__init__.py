"""All about the outside ledgers: calls, quotas, OAuth, mapping, errors, simulators.

Documents and links go in, what the ledger answered comes out, or an error that says what to
do next. Imports `schemas` only. One folder for each provider, all by one template, which
README.md here lists: the author of another one copies a folder, fills its files in and adds a
line to `registry.py`. Start at `base.py`, then `registry.py`.
"""
