"""All about the outside ledgers: calls, quotas, OAuth, mapping, errors, simulators.

Documents and links go in, what the ledger answered comes out, or an error that says what to
do next. One folder per provider. Start at `base.py`, then `registry.py`.
"""
