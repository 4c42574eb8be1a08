"""The gateway's own database: engine, sessions, and the revision that it must have.

In: a URL. Out: `Sessions`, the only way in which the product opens a transaction. Start at
`sessions.py`; `engine.py` opens the database, `migrate.py` runs the revisions of
`gateway/migrations/`. Imports only the errors of the gateway and `schemas/`.
"""
