"""The gateway's own database: how it is opened, and at which revision it must be.

Start at `engine.py`; `migrate.py` runs the revisions of `gateway/migrations/`. Imports
`config/` and the errors of the gateway.
"""
