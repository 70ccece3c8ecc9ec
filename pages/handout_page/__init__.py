"""What the page Handout is made of."""
