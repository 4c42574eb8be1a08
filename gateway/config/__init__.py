"""Settings: read from the environment once, checked, and passed down as values.

`settings.py` is the only reader of the environment; `variables.py` is the list of what may
be set, from which docs/settings.md is made; `settings_file.py` reads a file of them. Imports
`schemas/`, the registry of providers, the policies that settings choose, and the vault's keys.
"""
