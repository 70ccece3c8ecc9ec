"""The parts of the page "Notebook"."""
