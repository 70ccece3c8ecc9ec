"""What the page Exercises is made of."""
