"""Runs: data folders and Arrow tables to columns, columns to amounts, amounts and faults to tables and files."""
