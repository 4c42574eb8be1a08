"""Who may act on which organisation: codes, tokens, scopes, connections. No HTTP.

`http/oauth_endpoints.py` and `http/connections_api.py` speak for it. May import `wire`,
`books` and the configuration. Begin with `tokens.py`, then `connections.py`.
"""
