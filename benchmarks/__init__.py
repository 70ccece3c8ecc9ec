"""Measurements: each module is a command that renews its section of README.md."""
