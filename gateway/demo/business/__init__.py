"""The made-up business: who trades, what is traded, and in which order. Pure, from one seed.

Start at `traffic.py`, a list of actions; `business_simulator.py` decides what one tenant
does next, `document_factory.py` makes the documents. Imports `schemas/` only.
"""
