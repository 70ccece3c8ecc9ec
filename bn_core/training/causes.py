"""Why a training cannot go on, as the training itself says it."""

from __future__ import annotations

OUTPUT = "The output of layer {layer} is no longer finite: its numbers grew too large."
LOSS = "The loss is no longer finite: the logits grew too large."
GRADIENT = "The gradient of layer {layer} is no longer finite: its numbers grew too large."
NUMBER = "A number grew too large to go on."


def is_numeric(cause: str, layer: str | None) -> bool:
    """Return whether this is one of these causes, with this layer: everything else speaks of the machine."""
    return cause in {text.format(layer=layer) for text in (OUTPUT, LOSS, GRADIENT, NUMBER)}
