"""The parts of the page "Code"."""
