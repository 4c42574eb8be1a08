"""The Xero simulator. `app.py` makes it, `config.py` says what can be set.

`state.py` holds everything that a running simulator remembers; `http/` answers, `pages.py`
shows the books to people, `control.py` lets tests prepare and inspect, `webhooks.py` delivers.
Only these top files and `http/` may import `state.py`. Begin with `app.py`.
"""
