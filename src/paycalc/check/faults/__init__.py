"""The declarations of all faults that the checker finds, by subject. docs/diagnostics.md is made from them."""
