"""The parts of the page "One batch, step by step"."""
