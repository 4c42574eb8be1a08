"""QuickBooks Online: client, mapping, OAuth settings, error table, quotas. See README.md here."""
