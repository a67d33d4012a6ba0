"""A run on disk: its tables, its plan, and the record by which it can be computed again."""
