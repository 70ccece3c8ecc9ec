"""Runs: what is recorded of a training, and what a page may ask for. Pages call `service`, the engine calls `store`."""
