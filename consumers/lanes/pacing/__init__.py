"""How fast and whether at all: quotas, breakers, budgets and the failure valve of a lane.

Pure state on a clock that is passed in: no I/O, no tasks. The lanes ask before each call
and report after it. Start at `realm_pace.py`, a realm's calls; `provider_limiter.py` is
what all realms of a provider share. Imports nothing of the other rooms.
"""
