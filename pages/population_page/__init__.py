"""What the page "Population statistics" is made of."""
