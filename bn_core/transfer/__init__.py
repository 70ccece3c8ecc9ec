"""Runs in one file that another Batch Norm Lab opens: its form, what is given, what may be taken.

Whoever takes a file knows nothing of who made it. So all of it is judged before any of it is kept.
"""
