"""What a company holds: tables of records, sequences, preferences, and how records are shown.

Rules put checked records in; queries and the API take them out through `render.py`. Nothing
here decides whether a write is allowed. May import `wire`, `entities` and the configuration.
Begin with `company.py`, then `table.py`.
"""
