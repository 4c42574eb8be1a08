"""What takes messages off Kafka: intake, lanes, the plan, push, retry, dead letters.

In come events, signals and retries; out go provider calls, results and dead letters. The
rooms stand on floors, and each imports from those below it only: `kafka/` and `sync/`,
`lanes/` and `intake/`, `store/`, and the values at the root. Start at `sync/plan.py` (what
should happen), then `sync/push.py` (how it happens safely), then `lanes/` (when it
happens).
"""
