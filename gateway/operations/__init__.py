"""The use cases: one small function or class each, for command line and API alike.

In: `Sessions`, a sender of signals, the time; to connect a company, our registration at its
provider too. Out: rows and values. A use case opens its transactions itself; `wiring/` opens
all else that it is given. Start at `push_all.py`, then `replay.py` and `connect.py`. Imports
`database/`, `identity/`, `trail/`, `errors.py`, `consumers.store`, `providers` and `schemas`;
knows neither the API nor the command line.
"""
