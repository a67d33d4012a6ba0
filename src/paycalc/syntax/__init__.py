"""From a plan's text to its tree (`parser`), and back to text in canonical layout (`formatter`).

Nothing is imported here: a command loads only the modules that it needs.
"""
