"""Xero: client, mapping, OAuth settings, error table, quotas.

Documents with their links go in, what the organisation's books then hold comes out, or an
error that says what to do next. Scopes, quotas and quirks are in README.md here.
Start at `ledger.py`; then `requests.py` (what is sent), `sender.py` (what is believed),
`find/` (what is there already), `mapping/` (how documents and elements correspond).
"""
