"""The demo's platform: ordinary tables, and an outbox beside them.

It stores business actions and announces them in the same transaction, as a customer's
service would. In: actions; out: rows and events. Start at `platform.py`; `platform_books.py`
reads its books for the comparison. Imports `schemas/` and `ledgerlane_outbox`.
"""
