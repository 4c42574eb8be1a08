"""How fair, how fast and how light the lanes are; `python -m tests.benchmarks.lanes`.

`fairness`, `breakers` and `crowd` run the real engine on virtual time, on the table and the
provider in memory of `world`. `ordered` runs it on real Kafka, beside two parallel consumers:
each is a program of its own (`our_consumer`, `pyrallel_program`, `parallel_consumer/`) that
reads what `load` sends; `contest` compares them, and `competitors` says how others are had.
Imports the product and other folders of `tests/`. Start at `__main__.py`.
"""
