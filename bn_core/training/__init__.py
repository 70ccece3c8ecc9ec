"""Training: the loop, the evaluations, the typed events in which both speak."""
