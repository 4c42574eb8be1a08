"""QuickBooks Online: client, mapping, OAuth settings, error table, quotas.

Documents go in by `ledger.py`; `mapping/` says what they become. See README.md here.
"""
