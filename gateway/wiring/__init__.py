"""Wiring: opens connections in order, builds a role's objects, and closes in reverse.

In: settings. Out: running roles, and what commands need. The only folder that knows every
class, and beside `consumers/kafka` the only one that imports aiokafka: one module for each
role, `database.py`, `signals.py` and `providers.py` for what several need, and `role.py` for
what all roles do around their work. Start at `api.py`.
"""
