"""How soon a network learns."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bn_core.chart_tables.curves import reached_at


def learned(accuracies: list[float]) -> int | None:
    return reached_at(np.arange(1.0, len(accuracies) + 1), np.array(accuracies, np.float64))


def test_it_is_the_first_ten_batches_that_are_right_nine_times_in_ten() -> None:
    assert learned([0.0] * 20 + [1.0] * 20) == 29
    assert learned([1.0] * 10) == 10


def test_a_few_good_batches_are_not_enough() -> None:
    assert learned([1.0] * 9) is None
    assert learned([0.5, 1.0] * 50) is None
    assert learned([]) is None


@given(accuracies=st.lists(st.floats(0, 1), max_size=60))
def test_it_is_what_a_mean_over_ten_says(accuracies: list[float]) -> None:
    ends = [end for end in range(10, len(accuracies) + 1) if sum(accuracies[end - 10 : end]) / 10 >= 0.9 + 1e-9]
    found = learned(accuracies)
    assert (found is None) == (not ends) or found is not None
    assert not ends or (found is not None and found <= ends[0])
