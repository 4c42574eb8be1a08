"""The canonical documents, one file for each type.

Comes in: the JSON payload of a platform event. Goes out: a validated, frozen document. It may
import `schemas.money` and pydantic. Start at `invoice.py`; `catalogue.py` has all types.
"""
