"""The audit trail: who did what, with which outcome, in chains that show every change to them.

In: entries of the API, of commands, and of refused callers. Out: rows that nobody changes, and
what does not fit if somebody did. Start at `entry.py`, which has the chain as a function of
values; `verification.py` finds what does not fit, `store.py` owns the tables. The use cases are
in `operations/trail.py`. Imports nothing of ours. The audit of calls *to providers* is another:
`runtime/audit.py`.
"""
