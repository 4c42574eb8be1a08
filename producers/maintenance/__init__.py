"""What outboxes need over the years: retention, parked rows, replays, and a doctor.

Comes in: the address of a source's database. Goes out: slots emptied, rows let go, events
repeated, facts with remedies. Nothing here stands in the relay's way: each has a connection
of its own. Start at `session.py`, then `retention.py` and `doctor.py`.
"""
