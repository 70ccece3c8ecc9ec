"""What the part "Sweeps" of the page "Compare" is made of."""
