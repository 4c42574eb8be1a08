"""The use cases: one small function or class each, for command line and API alike.

In: `Sessions`, a sender of signals, the time. Out: rows and values. A use case opens
transactions and nothing else; `wiring/` opens what it is given. Start at `push_all.py`, then
`replay.py` and `connect.py`. Imports `database/`, `consumers/` and `providers/`; knows
neither HTTP nor the command line.
"""
