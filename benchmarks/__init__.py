"""How fast paycalc is beside others: the same rules and the same data, and equal results before any time is told."""
