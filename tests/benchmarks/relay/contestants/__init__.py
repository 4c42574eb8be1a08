"""The relays that are compared, one module each: layout, statements, settings, process.

In: the services' addresses. Out: a process that relays, which `turns` measures. No contestant
imports another. Start at `../contestant.py`, the protocol, then `ours.py`.
"""
