"""What each entity demands, computes and causes beyond its table; and the way of a write.

A request's JSON comes in, a stored record or a `QboRefused` goes out; everything is checked
before anything is changed. May import `wire`, `entities` and `books`.
Begin with `writes.py` (the order of the checks), then `catalogue.py` (the rules by entity).
"""
