"""What takes messages off Kafka: intake, lanes, the plan, push, retry, dead letters.

In come events, signals and retries; out go provider calls, results and dead letters.
Start at `plan.py` (what should happen), then `push.py` (how it happens safely), then
`lanes/` (when it happens).
"""
