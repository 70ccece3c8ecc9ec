"""What a page may ask about the weights of one moment of a run, and what it is told.

`questions` and `answers` need no TensorFlow; `examiner` finds the answers.
"""
