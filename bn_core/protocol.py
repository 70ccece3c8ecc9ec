"""The measuring protocol: how many images and batches every run is measured with, and at which steps.

All runs are measured alike, so these are constants and no choices. This module needs nothing, TensorFlow least of all,
so that a page may say what was measured.

A *step* is the number of updates done: what is measured at step 100 is measured of the weights after 100 updates.
"""

from __future__ import annotations

MOST_STEPS = 5000
"""The most batches that a run trains, one update each."""

VALIDATION_SIZE = 5000
"""The notebook's split: this many first training images of MNIST are the validation set (Fashion-MNIST likewise)."""

EVALUATION_SUBSET = 250
"""This many first validation images are scored again and again while a run trains."""

PROBE_IMAGES = 64
"""This many first test images of the data set are the probe batch, the same in every run."""

ONE_BY_ONE_IMAGES = 100
"""This many first test images are scored one at a time, as the notebook does."""

SCORING_BATCH = 64
"""How many images share their statistics wherever batch statistics score, and in each batch of a recalibration."""

RECALIBRATION_BATCHES = 10
"""The plain average over so many training batches, the same in every run, replaces the moving statistics."""

INFERENCE_CHUNK = 250
"""Images scored at once with moving statistics, where the size changes nothing but the speed."""

CHECK_BATCH_EVERY = 25
CHECK_VALIDATION_EVERY = 100
"""How often the notebook prints a line, in batches counted from 0."""

SCHEDULE_START = (0, 1, 2, 5, 10, 20, 50, 75, 100, 150, 200, 250, 300, 400, 600, 800)
SCHEDULE_EVERY = 400
"""The steps of the three-way evaluations, probes and snapshots: these, then every 400, and the last step of a run."""

MOVING_EVERY = 25
"""Accuracy with moving statistics is measured besides at every multiple of this step."""

CHECKPOINT_EVERY = 50
"""Batches between two checkpoints, from which an interrupted run resumes."""


def is_scheduled(step: int, batches: int) -> bool:
    """Return whether `step` of a run of `batches` batches is on the schedule of three-way evaluations."""
    return step in SCHEDULE_START or (step > SCHEDULE_START[-1] and step % SCHEDULE_EVERY == 0) or step == batches
