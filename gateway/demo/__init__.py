"""The demo: a platform with business traffic, two simulated providers, and faults between.

In: how many documents, a seed, how much may go wrong. Out: whether the books of the platform
and the ledgers agree to the cent, read on each side for itself, and how every fault was
survived. Start reading at `run.py`, which tells the story; `traffic.py` makes up the business,
`platform.py` is the platform that does it, `comparison.py` compares the books.
"""
