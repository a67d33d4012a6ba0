"""The command `paycalc`: arguments to calls, results to text. One module a command."""
