"""What every long-running role needs: signals, logs, health, audit, maintenance, topics.

In: settings and sessions. Out: an event that ends the role, and its health over HTTP. Start
at `role.py`, which every role runs through; `lifecycle.py` has stopping and work that runs
beside a body. Imports `config/`, `database/` and `http/`.
"""
