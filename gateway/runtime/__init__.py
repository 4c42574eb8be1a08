"""What every long-running role needs: signals, logs, health, audit, maintenance, processes.

Start at `role.py`, which every role runs through; `lifecycle.py` has stopping and work
beside other work, `processes.py` runs roles as processes of their own. Imports `config/`,
`database/` and `http/`.
"""
