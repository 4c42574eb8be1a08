"""Campaigns: whole processes under traffic, one fault after the other; then the books.

`python -m tests.chaos.campaigns` runs them, in a network namespace of their own. Imports
`gateway.embedded` and the rest of `tests/chaos/`. Start at `__main__.py`.
"""
