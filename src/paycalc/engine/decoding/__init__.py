"""From the columns of the door back to values, one by one: for messages and explanations."""
