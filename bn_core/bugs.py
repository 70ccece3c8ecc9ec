"""What each mistake changes of a training, stated once: network, loop, tables and words ask here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Bug = Literal[
    "none", "never-updated", "batch-at-test", "wrong-axes", "no-training-mode", "leaky-evaluation", "sorted-batches"
]


@dataclass(frozen=True)
class Effect:
    """What is done, rightly or wrongly, where a mistake could be made. The defaults are right.

    Attributes:
        updates_moving: each update moves the moving statistics. Else they keep all of the old: a momentum of 1.
        trains_with_batch: the layers normalize a training batch with its own statistics: training mode. Else with the
            moving ones: the forgotten flag.
        axes_of_channel: a channel of a convolution has one mean and one variance, over images and places (the axes
            `[0, 1, 2]`). Else every place has its own, over the images alone (`[0]`), and so its own gamma and beta.
        scores_with_batch: at test time images are normalized with the statistics of the batch they come in. Else with
            the moving ones: inference mode.
        scoring_updates: scoring moves the moving statistics.
        shuffles: the training set is shuffled. Else it is sorted by class.
    """

    updates_moving: bool = True
    trains_with_batch: bool = True
    axes_of_channel: bool = True
    scores_with_batch: bool = False
    scoring_updates: bool = False
    shuffles: bool = True

    @property
    def inside_layer(self) -> bool:
        """Whether the mistake is made in the layer's own lines, and so is seen where the layer is written by hand."""
        return not (self.updates_moving and self.axes_of_channel)

    @property
    def batch_statistics(self) -> bool:
        """Whether each channel is normalized with its own mean and variance of each training batch.

        Where it is not, there are none to record, and the mistake is made inside the compiled network.
        """
        return self.trains_with_batch and self.axes_of_channel


EFFECTS: dict[Bug, Effect] = {
    "none": Effect(),
    "never-updated": Effect(updates_moving=False),
    "batch-at-test": Effect(scores_with_batch=True),
    "wrong-axes": Effect(axes_of_channel=False),
    "no-training-mode": Effect(trains_with_batch=False),
    "leaky-evaluation": Effect(scores_with_batch=True, scoring_updates=True),
    "sorted-batches": Effect(shuffles=False),
}


def effect_of(bug: Bug, normalized: bool) -> Effect:  # noqa: FBT001 - a value of the network, not a switch
    """Return what a mistake changes; without batch normalization only the order of the batches is left to change."""
    effect = EFFECTS[bug]
    return effect if normalized else Effect(shuffles=effect.shuffles)
