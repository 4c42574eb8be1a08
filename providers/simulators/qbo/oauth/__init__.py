"""OAuth 2.0 of Intuit: `grants.py` keeps codes and tokens, `routes.py` is the HTTP side."""
