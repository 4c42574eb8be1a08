"""Looking documents up in QuickBooks: by link where there is one, else by natural key."""
