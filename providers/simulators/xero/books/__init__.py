"""What an organisation holds: tables, numbers, lock dates, and how records are shown.

Rules put checked records in; lists and the API take them out through `render.py`. Nothing here
decides whether a write is allowed. May import `wire` and the configuration.
Begin with `organisation.py`, then `table.py`.
"""
