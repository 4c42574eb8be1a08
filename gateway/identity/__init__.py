"""Who calls, and what they may do: principals, scopes, API keys, and OAuth for integrators.

In: the secret of a request, `Sessions`, the time. Out: a `Principal`, which names the caller,
the tenant that it may see, and its scopes. Start at `principal.py`; `authentication.py` finds
the principal of a secret; `api_keys.py`, `oauth_clients.py` and `oauth_tokens.py` own a table
each; `oauth_server.py` decides as the protocol wants it. Imports `config/`, `database/` and
`schemas`; knows neither the API nor the command line.
"""
