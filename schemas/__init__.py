"""What messages contain: envelope, documents, signals, results, topics, and error categories.

Plain data. It may import pydantic and orjson, and nothing of the other folders. Everything else
of Ledgerlane imports it. Start at `envelope.py`, then `documents/`.
"""
