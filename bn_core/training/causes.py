"""Why a training cannot go on, where its own numbers are the cause: the sentences, each stated once.

They name nothing of the machine, so they may leave it with a run. What else ends a training is an error of the machine,
whose words may name files and people.
"""

from __future__ import annotations

OUTPUT = "The output of layer {layer} is no longer finite: its numbers grew too large."
GRADIENT = "The gradient of layer {layer} is no longer finite: its numbers grew too large."
LOSS = "The loss is no longer finite: the logits grew too large."
UNKNOWN = "A number grew too large to go on."

OTHER = "It failed for a reason that lay in the machine that trained it, and that was not taken along."
"""Stands for what an error of the machine said, where a run leaves it."""


def is_of_numbers(cause: str, layer: str | None) -> bool:
    """Return whether this is why the numbers of a training broke, in this layer where one is named."""
    return cause in ((LOSS, UNKNOWN) if layer is None else (OUTPUT.format(layer=layer), GRADIENT.format(layer=layer)))
