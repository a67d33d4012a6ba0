"""The door of a run and its way out: data folders and Arrow tables to exact values, results to tables and files."""
