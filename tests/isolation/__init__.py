"""Random steps of 20 tenants over intake, lanes and the API, on a real PostgreSQL.

Many steps do what our code should never do: they ask in the name of one tenant for the rows of
another, by the right ids. Nothing of that may be seen or changed. Start at `walk.py`; who walks
is in `world.py`, and what must hold in the database at the end in `verdict.py`. `__main__.py`
makes any number of steps, a test some thousands.
"""
