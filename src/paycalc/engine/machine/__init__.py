"""From the graph of a plan to tile programs, and running them over encoded data."""

from paycalc.engine.machine.computing import Machine

__all__ = ["Machine"]
