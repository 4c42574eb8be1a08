"""Our relay beside others on the same services; `python -m tests.benchmarks.relay`.

`contestants` says how each is laid out, written to and run, and how it was tuned; those of
others live in `environments` of their own. `turns` measures one of them once, `floor` a bare
producer; `rows_above` times a poll above an open writer. `report` puts medians side by side.
Imports `producers/`, `gateway.embedded` and other folders of `tests/`. Start at `__main__.py`.
"""
