"""What comes in, before the plan looks at it: files, folders, tables of callers, and how their cells are read."""
