"""QuickBooks Online and Xero as HTTP servers with the real rules, quotas and faults.

For the demo, the tests, and for users who test their own code. HTTP requests come in, answers
and signed webhooks go out; the books live in memory. Here stands what both simulators share:
simulated time, faults, the edges around a request, the write log. It knows no provider and may
import none; `qbo/` and `xero/` import it and never each other. Both are laid out alike, floor
upon floor: `wire`, `entities`, `books`, `query`, `rules`, beside them `oauth` and `calls`, then
`state.py`, `http`, and `app.py` on top. Begin with `qbo/app.py` or `xero/app.py`.
"""
