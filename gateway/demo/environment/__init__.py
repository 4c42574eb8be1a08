"""Where a demo happens: services, databases, processes, simulators, connected companies.

In: the addresses of given services, if any. Out: an open `DemoEnvironment`. Start at
`environment.py`, which opens everything in order and closes it in reverse. Imports the other
folders of the gateway.
"""
