"""The transactional outbox: append events inside your own transaction."""
