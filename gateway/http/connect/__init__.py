"""Pages on which a tenant's admin connects a company, and the API that opens them.

In: a browser with the address of a connect session, and a provider's redirect. Out: pages that
need no script and no key, and a link back to the platform. Start at `pages.py`.
"""
