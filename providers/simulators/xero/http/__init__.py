"""The HTTP side: from a request under Xero's paths to its answer.

`edges.py` wraps the routes (traffic, faults); `accounting_api.py` lets a call in (token,
tenant, quota, idempotency); `dispatch.py` finds the resource; `oauth_endpoints.py` and
`connections_api.py` speak for consent. May import every floor below, and `state.py`.
Begin with `accounting_api.py`.
"""
