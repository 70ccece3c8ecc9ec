"""What the page says: computed from a probe's numbers. Pure functions."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from bn_core.architecture import CONV_LAYERS
from bn_core.config import TrainingConfig
from bn_core.datasets import TITLES
from bn_core.layers_probed import LAYER_CHANNELS, PROBE_IMAGES, LayersProbed, probed_channels
from bn_core.runs.probe_tables import LAYERS, Point, by_layer
from bn_core.runs.records import RunRecord
from pages.components import captions
from pages.components.status_words import label

PLACES: dict[str, dict[Point, str]] = {
    "none": {"linear": "before ReLU", "relu": "after ReLU"},
    "before": {"linear": "before BN", "bn": "after BN", "relu": "after ReLU"},
    "after": {"linear": "before ReLU", "relu": "after ReLU, before BN", "bn": "after BN"},
}
"""Where a layer can be looked at, by placement, in the order in which the values get there."""

SHRUNK = 10.0
"""From which factor on a signal is said to have shrunk or grown with depth: what training does by itself is less."""

VANISHED = 1000.0

DEAD = 0.1
"""From which share on dead channels are the thing to see."""

SAME = 0.9
"""From which mean centred cosine on images are said to look alike inside: independent values would give 0."""

SCALES = {
    "ridges": "Height: square root of the share of a layer's values in a bin, so that the tails can be seen.",
    "heat": "Colour: share of a layer's values in a bin.",
}
"""How to read each picture of all layers."""

BINS = "5 bins to a factor of ten on either side of 0, the same in every run; exact zeros apart."

NO_BN = "This network has no batch normalization, so there is no “after BN” to look at."


def layer_name(layer: int) -> str:
    """A layer, 1 to 20, as a sentence writes it."""
    return "the dense layer" if layer == LAYERS else f"layer {layer}"


def layer_heading(layer: int, place: str) -> str:
    """What the charts of one layer show, as safe Markdown: the layer, its size, and where it is looked at."""
    size = f"{LAYER_CHANNELS[layer - 1]} {'units' if layer == LAYERS else 'channels'}"
    name = "Layer 20 (dense)" if layer == LAYERS else f"Layer {layer}"
    return f"**{name}** · {size}, {place}"


def channel_name(layer: int, channel: int) -> str:
    """One of the three probed channels, 0 to 2, counted from 1 as a person does."""
    kind = "unit" if layer == LAYERS else "channel"
    return f"{kind} {probed_channels(layer)[channel] + 1}"


def what_to_see(probe: LayersProbed, first: LayersProbed, config: TrainingConfig, point: Point) -> str:
    """The thing to see in all 20 layers at this moment: how the signal fares with depth, and which channels are dead.

    "The signal" is the rms at this point, from the first convolution to the last.

    Args:
        first: the run's first probe: what the signal was like before training changed it.
    """
    here = _sentence_case(after(probe.step))
    rms = by_layer(probe, point, "rms")
    if rms is None:
        return f"{here}: this network has no such place."
    if not np.isfinite(rms).all():
        broken = int(np.flatnonzero(~np.isfinite(rms))[0]) + 1
        return f"{here}: from {layer_name(broken)} on there are values that are not finite numbers."
    dead = probe.dead_channels
    worst = int(np.argmax(dead))
    parts = []
    if dead[worst] >= DEAD:
        unit = "units" if worst + 1 == LAYERS else "channels"
        parts.append(f"in {layer_name(worst + 1)} {share(float(dead[worst]))} of the {unit} are dead")
    alike = _alike_from(probe)
    vanishes = _vanishes(rms)
    if alike is None:
        fates = [_fate(rms[:CONV_LAYERS], PLACES[config.placement][point])]
    elif vanishes:
        fates = [_fate(rms[:CONV_LAYERS], PLACES[config.placement][point]), _look_alike(probe)]
    else:
        fates = [_same_of_every_image(probe, alike, float(rms[CONV_LAYERS - 1]))]
    # A signal that vanishes, or says the same of every image, comes first: beside that, dead channels matter little.
    parts = fates + parts if alike or vanishes else parts + fates
    if dead[worst] < DEAD:
        parts.append("no channel is dead" if dead[worst] == 0 else f"at most {share(float(dead[worst]))} are dead")
    said = f"{here}: {'; '.join(parts)}."
    return " ".join(filter(None, [said, _before(first, probe, point, alike is not None, config)]))


def _before(first: LayersProbed, probe: LayersProbed, point: Point, alike: bool, config: TrainingConfig) -> str:
    """Where the signal vanished before training and does no more: that it did; else an empty text."""
    then, now = by_layer(first, point, "rms"), by_layer(probe, point, "rms")
    if first.step or then is None or now is None or not _vanishes(then) or _vanishes(now):
        return ""
    said = (
        f"Before the first batch the signal vanished with depth: rms {number(float(then[0]))} in layer 1, "
        f"{number(float(then[CONV_LAYERS - 1]))} in layer {CONV_LAYERS}."
    )
    if alike and config.bias and not config.normalized:
        said += " The biases have brought the size back since, not the images."
    return said


def _vanishes(rms: np.ndarray) -> bool:
    return bool(rms[0] >= VANISHED * rms[CONV_LAYERS - 1])


def _fate(rms: np.ndarray, where: str) -> str:
    first, last = float(rms[0]), float(rms[-1])
    ends = f"rms {number(first)} in layer 1, {number(last)} in layer {CONV_LAYERS}"
    if last == 0:
        empty = int(np.flatnonzero(rms == 0)[0]) + 1
        return f"the signal is gone: from layer {empty} on every value {where} is exactly 0"
    if _vanishes(rms):
        return f"the signal vanishes with depth, {fold(first / last)} smaller than in layer 1 ({ends})"
    if first / last >= SHRUNK:
        return f"the signal has shrunk {fold(first / last)} since layer 1 ({ends})"
    if last / first >= SHRUNK:
        return f"the signal has grown {fold(last / first)} since layer 1 ({ends})"
    low, high = int(np.argmin(rms)), int(np.argmax(rms))
    return (
        f"the values keep their size with depth, rms between {number(float(rms[low]))} (layer {low + 1}) and "
        f"{number(float(rms[high]))} (layer {high + 1}) {where}"
    )


def _alike_from(probe: LayersProbed) -> int | None:
    """From which layer on, 1 to 19, all images look alike after ReLU, to the last convolution; None where they do not.

    A common size and sign of all values is no likeness, so it is the centred cosine that counts.
    """
    alike = probe.correlation[probe.points.index("relu")][:CONV_LAYERS] >= SAME
    different = np.flatnonzero(~alike)
    first = int(different[-1]) + 2 if len(different) else 1
    return first if first <= CONV_LAYERS else None


def _look_alike(probe: LayersProbed) -> str:
    return f"in layer {CONV_LAYERS} all images look alike ({_cosine(probe)})"


def _same_of_every_image(probe: LayersProbed, layer: int, rms: float) -> str:
    where = f"in layer {layer}" if layer == CONV_LAYERS else f"from layer {layer} on"
    at = "" if layer == CONV_LAYERS else f" in layer {CONV_LAYERS}"
    return (
        f"{where} the values say the same of every image ({_cosine(probe)}{at}), so that their size there, "
        f"rms {number(rms)}, tells nothing of the image"
    )


def _cosine(probe: LayersProbed) -> str:
    return f"mean cosine {probe.cosine[probe.points.index('relu')][CONV_LAYERS - 1]:.2f}"


def after(step: int) -> str:
    """A moment of a training: `after 150 batches`."""
    return {0: "before the first batch", 1: "after 1 batch"}.get(step, f"after {step:,} batches")


def share(value: float) -> str:
    """A share as a whole percentage, that says 0 and 100 of exactly these only."""
    percentage = 100 * value
    if 0 < percentage < 0.5:
        return "under 1 %"
    if 99.5 <= percentage < 100:
        return "over 99 %"
    return f"{percentage:.0f} %"


def number(value: float) -> str:
    """A number of any size to two digits: `0.17`, `2.8e-7`."""
    if value == 0 or 1e-3 <= abs(value) < 1e4:
        return f"{value:.2g}" if abs(value) < 100 else f"{value:,.0f}"
    digits, _, exponent = f"{value:.1e}".partition("e")
    return f"{digits}e{int(exponent)}"


def fold(ratio: float) -> str:
    """A ratio to two digits: `400-fold`."""
    if ratio >= 1e7:
        return f"{number(ratio)}-fold"
    digits = max(0, math.floor(math.log10(ratio)) - 1)
    return f"{round(ratio, -digits):,.0f}-fold"


def provenance(run: RunRecord, steps: Sequence[int]) -> str:
    """Where the pictures come from, as plain text."""
    words = [f"Run {run.id}"]
    if run.name:
        words.append(f"“{label(run)}”")
    words += [captions.variant(run.config), captions.training(run.config)]
    if run.dataset_note:
        words.append(run.dataset_note.removeprefix(f"{TITLES[run.config.dataset]}, "))
    if steps:
        span = f"batch {steps[0]:,}"
        words.append(span if len(steps) == 1 else f"{len(steps)} moments, {span} to {steps[-1]:,}")
    words.append(f"probe: the first {PROBE_IMAGES} test images, in training mode (batch statistics)")
    return " · ".join(words)


def _sentence_case(text: str) -> str:
    return text[0].upper() + text[1:]
