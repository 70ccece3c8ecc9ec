"""What layers and their channels are called, on every page that looks into them. Pure functions."""

from __future__ import annotations

from bn_core.architecture import Architecture
from pages.words.prose import prose

TEXT = prose("layer-names")


def layer_name(layer: int, layers: int) -> str:
    """One of so many layers, counted from 1, as a sentence writes it. The last is dense."""
    return TEXT("dense" if layer == layers else "number", layer=layer)


def layer_title(layer: int, architecture: Architecture) -> str:
    """A layer and its size, as a heading in Markdown begins."""
    kind = "dense" if architecture.is_dense(layer) else "convolution"
    return TEXT(f"title.{kind}", layer=layer, count=architecture.layer_channels[layer - 1])
