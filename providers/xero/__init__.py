"""Xero: client, mapping, OAuth settings, error codes, quotas.

Documents with their links go in, what the organisation's books then hold comes out, or an
error that says what to do next. Imports nothing of another provider. Scopes, quotas and quirks
are in README.md here. Start at `ledger.py`; then `requests.py` (what is sent), `write.py` (what
is believed), `lookup/` (what is there already), `mapping/` (what documents become).
"""
