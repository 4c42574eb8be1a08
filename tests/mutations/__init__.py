"""Guards, each with the change that breaks it: does a test that claims the guard notice?

In come the guards of `guards/` and the tests that they name; out goes a table of what was
noticed, and an exit code. Each change is made in a copy of the tree, never in the tree itself.
The simulation leaves guards out in subclasses of its own: `tests/simulation/mutations.py`.
Start at `mutation.py`; run it by `python -m tests.mutations`.
"""
