"""A lane is one realm's work inside the process that owns its partition.

Signals come in, provider calls go out at the pace that the realm allows, and offsets are
committed behind them. Start at `engine.py`.
"""
