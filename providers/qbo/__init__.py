"""QuickBooks Online: client, mapping, OAuth settings, error codes, quotas.

Documents with their links go in, what the company's books then hold comes out, or an error
that says what to do next. Imports nothing of another provider. Scopes, quotas and quirks are
in README.md here. Start at `ledger.py`; then `write.py` (what is sent), `lookup/` (what is
there already), `mapping/` (what documents become).
"""
