"""What the part "Runs" of the page "Compare" is made of."""
