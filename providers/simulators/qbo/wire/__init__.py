"""What goes over the wire: JSON with exact numbers, times, and every fault QuickBooks answers.

The lowest floor: it knows neither companies nor HTTP and imports nothing of the simulator.
Errors go up as exceptions (`errors.py`) and become bodies in `fault_bodies.py`.
Begin with `errors.py`.
"""
