"""What the page "Break it" is made of."""
