"""The query language: statements are parsed by `language.py` and answered by `answers.py`."""
