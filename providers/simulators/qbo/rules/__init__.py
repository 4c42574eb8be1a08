"""What each entity demands, computes and causes, beyond its table. Start at `catalogue.py`."""
