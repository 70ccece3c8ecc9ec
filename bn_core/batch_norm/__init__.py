"""Batch normalization itself: the Keras layer written by hand, and the same step by step in float64."""
