"""Try next: an experiment under a finished run, a prediction to commit to, and what came."""
