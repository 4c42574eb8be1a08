"""The program: command line, settings, wiring, HTTP, vault, migrations, telemetry.

Everything that opens a connection or reads the environment is here; the other folders get
what they need as arguments. Start at `__main__.py`, then `wiring.py`, which names every class.
"""
