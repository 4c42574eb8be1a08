"""The program: command line, API, settings, wiring, database, roles, use cases, demo.

Everything that opens a connection or reads the environment is here; the other top-level
folders get what they need as arguments. Start at `cli/app.py` for the commands,
`operations/` for the use cases, and `wiring/` for how a role is put together. May import
every other folder; no other folder imports it.
"""
