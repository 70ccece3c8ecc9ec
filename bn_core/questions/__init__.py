"""What a page may ask about the weights of a run at one step, and what it is told.

`questions` and `answers` need no TensorFlow; `examiner` finds the answers.
"""
