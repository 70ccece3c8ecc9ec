"""Numbers are read in one way on every page."""

from __future__ import annotations

import pytest

from bn_core.config import FIELD_BY_NAME
from pages.words import numbers
from pages.words.prose import filled, prose
from pages.words.signs import as_read


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("-0.5", "−0.5"),
        ("2e-05", "2e-5"),
        ("-1.5e-10", "−1.5e-10"),
        ("1e+20", "1e20"),
        ("1e-100", "1e-100"),
        ("-1,234", "−1,234"),
        ("0.001", "0.001"),
        ("2025-11-27", "2025-11-27"),
        ("nan", "nan"),
    ],
)
def test_a_true_minus_and_a_short_exponent(written: str, read: str) -> None:
    assert as_read(written) == read


def test_so_are_the_numbers_of_a_text_and_no_other_words() -> None:
    text = "{change:+.1f} points with {name} at {rate:g}"
    assert filled(text, {"change": -0.26, "name": "He-2e-05", "rate": 2e-05}) == "−0.3 points with He-2e-05 at 2e-5"
    assert prose("runs")("training.learning_rate", value=2e-05) == "learning rate 2e-5"
    assert numbers.number(-3e-7) == "−3.0e-7"
    assert numbers.number(2.8e27) == "2.8e27"


def test_a_range_is_written_like_its_values() -> None:
    assert FIELD_BY_NAME["learning_rate"].domain == "a number from 1e-5 to 1"
