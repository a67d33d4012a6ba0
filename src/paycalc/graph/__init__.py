"""The typed plan as a graph of operations on columns of whole numbers."""
