"""Faults of how the command was called."""

from __future__ import annotations


class UsageError(Exception):
    """The command cannot do what was asked: a file that is not there, a name that means nothing. One line of text."""
