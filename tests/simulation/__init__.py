"""The lanes on a simulated log, store and provider: random faults from a seed, on virtual time.

`python -m tests.simulation --seeds 1000` runs as many worlds and checks each; one that fails is
named by its seed, and `--first` repeats it exactly. Imports
the product, `tests/fakes/` and the virtual clock. Start at `world.py`; `mutations.py` has the
guards that are left out in turn.
"""
