"""The entities of QuickBooks as tables of their properties. Start at `catalogue.py`."""
