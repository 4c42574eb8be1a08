"""Wiring: opens connections in order, builds a role's objects, and closes in reverse.

In: settings. Out: running roles, and what commands need. The only folder that may import every
other but `cli/`, `demo/` and `embedded/`: `api.py`, `worker.py`, `relay.py` and its retention,
`role.py` for what all roles do around their work, `database.py`, `signals.py` and
`providers.py` for what several need, `connect.py` and `simulators.py` for the commands of those
names. Start at `api.py`.
"""
