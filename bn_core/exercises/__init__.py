"""Eight things to find out, each with a question that the learner's own run answers.

The files `N-key.toml` say them, `exercise` reads them, `measures` works out what is right, by `rules`.
"""

from bn_core.exercises.exercise import Exercise, ExerciseProblem, exercises
from bn_core.exercises.measures import Answer, Evidence, Given

__all__ = ["Answer", "Evidence", "Exercise", "ExerciseProblem", "Given", "exercises"]
