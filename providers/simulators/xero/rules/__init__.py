"""What each resource demands, computes and causes; and the way of a write.

A request's elements come in, saved records or refusals go out, each element on its own.
May import `wire`, `books` and `query`. A resource has a module of its own; `lines`,
`statuses`, `documents` and `settlement` are what several share.
Begin with `writes.py` (the way of a write), then `catalogue.py` (the resources by path).
"""
