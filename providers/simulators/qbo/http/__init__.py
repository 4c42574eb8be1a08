"""The HTTP side: from a request under Intuit's paths to its answer.

`edges.py` wraps the routes (traffic, faults, support ids); `accounting_api.py` lets a call in
(token, quota, latency); `dispatch.py` finds the operation; `oauth_endpoints.py` speaks OAuth.
May import every floor below, and `state.py`. Begin with `accounting_api.py`.
"""
