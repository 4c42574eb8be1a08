"""The Xero simulator. Start at `app.py`."""
