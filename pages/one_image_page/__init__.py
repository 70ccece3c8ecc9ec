"""What the page "One image at a time" is made of."""
