"""How fast and whether at all: quotas, breakers, budgets and the failure valve of a lane.

In comes how calls and items ended; out comes how long the next must wait. Without I/O, tasks or
a provider, on a clock that is passed in; only `LanePace.enter` waits. The engine asks before
each dispatch and reserves a call; what makes the call enters, and reports how it ended. Imports
nothing of the other rooms. Start at `lane_pace.py`, the calls of one lane; `shared_limiter.py`
is what all lanes of a process share.
"""
