"""The demo: a platform with business traffic, two simulated providers, and faults between.

In: a number of documents, a seed, a level of faults. Out: whether the books of the platform
and of the ledgers agree to the cent, and how the gateway reacted to every fault. Start at
`runner.py`, then `run.py`. Nothing of the product imports this folder but the command
`ledgerlane demo`; it comes with the extra `ledgerlane[demo]`.
"""
