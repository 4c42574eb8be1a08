"""What puts messages on Kafka: the relay from outbox tables.

A source says which rows became visible, a publisher stores them, a cursor remembers how far.
Start at `relay.py`.
"""
