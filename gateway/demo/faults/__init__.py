"""What goes wrong in a demo: decided beforehand, then done to processes and providers.

`fault_plan.py` is the plan, a pure value from the level that was asked for;
`fault_injector.py` carries the faults of processes out and starts again what ended.
"""
