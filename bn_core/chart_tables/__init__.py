"""Tables for charts, made from what is recorded of runs."""
