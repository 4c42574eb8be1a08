"""What must be done about a record, and how it is done once: plan, push, settlement.

In comes a lane's work; out go provider calls, the record's new state, its result and dead
letters. Start at `plan.py`, a pure function of `record.py` (both sides and their base) and
`policy.py`; its answers are in `actions.py`, and `merge.py` compares for it. `reconciler.py` is
what a lane calls, `push.py` writes safely, `settlement.py` stores what came of it. Imports
`store/`, `lanes/`, the values at the root, and `providers/`, of which it knows none by name.
"""
