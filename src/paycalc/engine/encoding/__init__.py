"""The door of the engine: `encode` turns input tables into the columns of a run."""

from paycalc.engine.encoding.door import encode
from paycalc.engine.encoding.parameters import ParameterCells

__all__ = ["ParameterCells", "encode"]
