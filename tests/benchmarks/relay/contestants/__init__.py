"""The relays that are compared, one module each: layout, statements, settings, process."""
