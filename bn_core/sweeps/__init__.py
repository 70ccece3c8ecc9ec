"""Sweeps: what is varied, the members that this gives, and what they came to."""
