"""How an amount came about, step by step, down to the cells and parameters it was made of."""
