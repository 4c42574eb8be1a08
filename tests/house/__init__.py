"""Figures of the code itself: sizes, docstrings, comments, floors and arrows between rooms.

`python -m tests.house` prints them as docs/architecture.md has them; the rules that can be
counted are tests in `tests/unit/test_house_rules.py`, which count by the same functions.
Imports nothing of ours: it reads files. Start at `source.py`.
"""
