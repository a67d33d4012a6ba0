"""The differential suite: random plans and data, and the engine against the reference interpreter, cell by cell."""
