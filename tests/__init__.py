"""The tests; docs/testing.md says which kind goes where."""
