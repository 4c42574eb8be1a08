"""Who may act on which company: codes, tokens, grants, and the user's identity. No HTTP.

`http/oauth_endpoints.py` speaks for it. May import the configuration only.
Begin with `tokens.py`.
"""
