"""From a plan's text to its tree, and back to text in canonical layout."""

from paycalc.syntax.faults import RULES
from paycalc.syntax.formatter import format_plan
from paycalc.syntax.parser import decode, parse

__all__ = ["RULES", "decode", "format_plan", "parse"]
