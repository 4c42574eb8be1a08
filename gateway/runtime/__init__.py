"""What every long-running role needs: signals, logs, audit, maintenance, topics of the broker.

In: settings and sessions. Out: an event that ends the role, log lines, rows of the audit. Start
at `lifecycle.py`, which has stopping and work that runs beside a body. Imports `config/`,
`database/`, `errors.py`, `metrics.py`, `consumers.store`, `consumers.metrics`,
`providers.http`, `schemas`, and aiokafka's admin client in `broker.py`.
"""
