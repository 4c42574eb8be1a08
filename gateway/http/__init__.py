"""Incoming HTTP: health, metrics, the API of `/v1`, OAuth, and problem+json for refusals.

In: requests. Out: answers of the use cases in `operations/`, as JSON. A new read needs one
use case there and one route here. Start at `app.py`, and at `access.py` for who may call what.
Imports `operations/`, `identity/`, `trail/`, `config/`, `errors.py`, `metrics.py`, `schemas`,
and the values of `consumers.store`; passes `Sessions` on, and opens no transaction.
"""
