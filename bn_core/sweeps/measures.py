"""What the members of a sweep are compared by."""

from __future__ import annotations

from typing import Literal, get_args

Measure = Literal["final", "recalibrated", "learned"]
"""`final`: the test accuracy; `recalibrated`: the accuracy on the fixed validation images after the last batch, with
recalibrated statistics (without batch normalization, where there are none, as it is); both 0 to 1. `learned`: after how
many batches the training batches reached 90 % in training mode."""

MEASURES: tuple[Measure, ...] = get_args(Measure)

FEWER_IS_BETTER: tuple[Measure, ...] = ("learned",)
