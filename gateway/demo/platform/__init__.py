"""The demo's platform: ordinary tables of its own, and an outbox beside them.

It stores a business's actions and announces them in the same transaction, as a customer's
service would. Start at `platform.py`; `platform_books.py` reads its books for the
comparison.
"""
