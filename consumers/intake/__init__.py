"""Intake: the platform's events become desired states of sync records, and signals.

In comes a batch as it was read from `platform.events`; out go rows, signals, and dead
letters for what is no event. It knows no Kafka client and imports `store/` and the values
at the root. Start at `platform_events.py`; `malformed.py` keeps what could not be read.
"""
