"""Programs that look for inputs on which paycalc fails."""
