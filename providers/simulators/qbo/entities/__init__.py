"""Which properties each entity has: types, lengths, what is required, queryable, read only.

Tables of data, one entry for each entity of the accounting API, and the kinds of values that
they are made of. May import `wire` only; what an entity demands beyond its table is in
`rules/`. Xero's simulator has no such folder: Xero documents no uniform property table, and
its rules read fields one by one. Begin with `catalogue.py`.
"""
