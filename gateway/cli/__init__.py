"""The command `ledgerlane`: one file for each family of commands.

In: arguments and the environment. Out: text or JSON, and an exit code. A command reads its
settings, lets `wiring/` open what it needs, and calls a use case of `operations/`. Start at
`app.py`, which joins the families; `failures.py` turns errors into one line.
"""
