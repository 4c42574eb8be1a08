"""Why QuickBooks did not do what was asked, as a catalogue: one file for each who can act.

`documents.py`: what the platform must correct in a document. `settings.py`: what the tenant's
admin must decide or switch on. `records.py`: what stands in the way among the ledger's records.
`calls.py`: consent, connection, and requests of ours. Imports `schemas/` and
`providers/reasons.py`. Begin with `documents.py`.
"""
