"""The faults of a demo: planned beforehand, then injected into processes and providers.

In: the level that was asked for. Out: a `FaultPlan`, and the process faults that were
injected. Start at `fault_plan.py`, pure values; `fault_injector.py` kills and restarts
processes. Imports the demo's environment.
"""
