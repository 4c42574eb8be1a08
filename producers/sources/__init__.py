"""Where the relay reads from: one protocol, `base.py`, and its implementations."""
