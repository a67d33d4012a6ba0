"""Exact, explainable flexible pay for whole workforces."""

from paycalc.api import BoundPlan, Explained, Plan, Result, compile
from paycalc.core.errors import DataError, InternalError, PaycalcError, PlanError

__version__ = "0.1.0"

__all__ = [
    "BoundPlan",
    "DataError",
    "Explained",
    "InternalError",
    "PaycalcError",
    "Plan",
    "PlanError",
    "Result",
    "compile",
]
