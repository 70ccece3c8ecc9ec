"""Events as the notebook's lines of text."""

from __future__ import annotations

from bn_core.protocol import ONE_BY_ONE_IMAGES
from bn_core.training.events import Checked, Scored

WORDS = {"training": "Training", "validation": "Validation"}


def line(checked: Checked) -> str:
    """What the notebook prints while it trains: `Batch: 25: Training loss: 0.33632, Training accuracy: 0.07812`."""
    word = WORDS[checked.images]
    return (
        f"Batch: {checked.batch:>2}: {word} loss: {checked.score.loss:>3.5f}, "
        f"{word} accuracy: {checked.score.accuracy:>3.5f}"
    )


def final_lines(scored: Scored) -> tuple[str, str, str]:
    """The three lines that the notebook ends with."""
    return (
        f"Final validation accuracy: {scored.validation.accuracy:>3.5f}",
        f"Final test accuracy: {scored.test.accuracy:>3.5f}",
        f"Accuracy on {ONE_BY_ONE_IMAGES} samples: {scored.one_by_one}",
    )
