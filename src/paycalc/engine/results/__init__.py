"""What a run came to, as Arrow tables, whichever engine computed it."""
