"""The use cases: connect, disconnect, push all, tasks. Command line and API call the same ones.

Each is a small function or class that takes what it needs as arguments and opens nothing
but transactions. Start at `connect.py`. Imports `database/`, `consumers`, `providers`;
knows no HTTP.
"""
