"""The simulated business: tenants, documents, and the order of changes. Pure, from one seed.

In: a number of documents and a seed. Out: a list of actions. Start at `traffic.py`;
`business_simulator.py` simulates one tenant, `document_factory.py` makes the documents.
Imports `schemas/` only.
"""
