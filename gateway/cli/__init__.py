"""The command `ledgerlane`: one file per family of commands; `app.py` joins them."""
