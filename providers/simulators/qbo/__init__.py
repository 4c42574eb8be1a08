"""The QuickBooks Online simulator. Start at `app.py`."""
