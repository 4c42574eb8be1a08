"""What must be done about a record, and how it is done once: plan, push, settlement.

In comes a lane's work; out go provider calls, the record's new state, its result, tasks and
dead letters. Start at `plan.py`, a pure function of `record.py` (both sides and their base) and
`policy.py`; its answers are in `actions.py`. What is to be written is compared with what it
names by `consistency.py`, pure too. Then `reconciler.py`, which a lane calls,
`push.py`, which writes safely, and `settlement.py`, which stores what came of it. May import
`store/`, `lanes/`, the modules at the root, `schemas/`, the outbox package, and `providers/`,
of which it knows none by name.
"""
