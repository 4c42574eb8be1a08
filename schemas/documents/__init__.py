"""The canonical documents, one file each. Start at `invoice.py`; `catalogue.py` lists all."""
