"""Where a demo happens: services, databases, processes, simulators, connected companies.

Start at `environment.py`, which opens all of it in order and closes it in reverse. Imports
the other rooms of the gateway; knows nothing of faults and of the comparison.
"""
