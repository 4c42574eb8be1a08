"""Opens things in order, builds what a role is made of, closes in reverse.

The only place that knows every class: one module for each role, and `providers.py` for what
several of them need to reach a provider.
"""
