"""Exact, explainable flexible pay for whole workforces."""

__version__ = "0.1.0"
