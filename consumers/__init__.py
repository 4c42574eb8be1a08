"""What takes messages off Kafka: intake, lanes, the plan, push, retry, dead letters.

In come events, signals and retries; out go provider calls, signals, results and dead letters.
The rooms stand on floors, from the top: `kafka/`; `sync/` and `intake/`; `store/`; `lanes/`;
the modules here at the root. Each may import what is below it, `schemas/`, `providers/` and the
outbox package; `lanes/` of all these only `schemas/` and the root. Start at `sync/plan.py`
(what should happen), then `sync/push.py` (how, safely), then `lanes/` (when).
"""
