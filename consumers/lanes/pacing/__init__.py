"""How fast and whether at all: quotas, breakers, budgets and the failure valve of a lane.

Pure state on a clock that is passed in: no I/O, no tasks, no provider. The lanes ask before
each call; whoever makes it reports how it ended, and calls are admitted or refused by that.
Imports nothing of the other rooms. Begin at `lane_pace.py`, the calls of one lane;
`shared_limiter.py` is what all lanes of a process share.
"""
