"""What goes over the wire: JSON with exact numbers, dates, fields, and every refusal of Xero.

The lowest floor: it knows neither organisations nor HTTP and imports nothing of the simulator.
Errors go up as exceptions that carry their answer. Begin with `errors.py`.
"""
