"""Tree to typed plan: names, types, units, ranges, grains, coverage of tables, cycles. All faults, before any data."""

from paycalc.check.plan import check_plan as check_plan
