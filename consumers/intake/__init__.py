"""Intake: the platform's events become desired states of sync records, and signals.

In comes a batch as it was read from `platform.events`; out go rows, signals, and dead letters
of what can't be taken in. `malformed.py` does the last for work topics: dead letters of records
that are no signals. It knows no Kafka client, and may import `store/`, `providers/` for its
connections, `schemas/` and the modules at the root. Start at `platform_events.py`.
"""
