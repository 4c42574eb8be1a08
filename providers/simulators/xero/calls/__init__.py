"""What is remembered of calls: the quotas they use up, their traffic, what they were answered.

`http/` asks before it answers and records afterwards; the books are not known here. May import
`wire` and the configuration. Begin with `throttle.py`.
"""
