"""QuickBooks Online and Xero as HTTP servers with the real rules, quotas and faults.

For the demo, the tests, and for users who test their own code. Start at `qbo/app.py`.
"""
