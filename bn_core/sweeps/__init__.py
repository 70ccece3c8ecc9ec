"""Sweeps: what is varied, the members that this gives, and how many seconds and bytes they take."""
