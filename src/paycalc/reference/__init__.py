"""The obvious interpreter of a typed plan, on exact fractions, row by row on demand: the meaning of the language."""
