"""What the page "Inside the layers" is made of."""
