"""The source that reads the outbox from the write-ahead log, by logical decoding.

Comes in: an SQLAlchemy URL. Goes out: rows and events without a row, in the order of their
commits. Start at `source.py`. `bootstrap.py` reads the table until a slot replaces it, then
`reader.py` takes messages from `stream.py`, and `transaction_assembler.py` makes rows of them;
`store.py` keeps the cursor. It may import `producers.sources`, `producers.errors` and
`ledgerlane_outbox`.
"""
