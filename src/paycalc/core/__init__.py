"""What every layer speaks: places in a text, diagnostics, exact numbers, intervals, units, the calendar."""
