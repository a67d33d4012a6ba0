"""Tree to typed plan: names, types, units, ranges, grains, coverage of tables, cycles. All faults, before any data."""

from paycalc.check.plan import check_plan as check_plan
from paycalc.check.report import RangeRow as RangeRow
from paycalc.check.report import ranges_report as ranges_report
