"""What a message says: envelope, documents, signals, topics, error classes. Plain data.

No I/O and no third-party library but pydantic. Start at `envelope.py`, then `documents/`.
"""
