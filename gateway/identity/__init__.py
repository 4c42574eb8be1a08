"""Who calls, and what they may do: principals, scopes, and API keys.

In: the secret of a request, `Sessions`, the time. Out: a `Principal`, which names the caller,
the tenant that it may see, and its scopes. Start at `principal.py`; `authentication.py` finds
the principal of a secret, `api_keys.py` owns the table of keys. Imports `config/`, `database/`
and `schemas`; knows neither HTTP nor the command line.
"""
