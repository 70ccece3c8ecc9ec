"""What the page says: computed from a probe's numbers. Pure functions; the sentences are in the prose file."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bn_core.architecture import Architecture
from bn_core.chart_tables.layers import Point, by_layer
from bn_core.config import TrainingConfig
from bn_core.network.layers_probed import LayersProbed
from bn_core.protocol import PROBE_IMAGES
from bn_core.runs.records import RunRecord
from pages.parts.provenance import run_in_full
from pages.words.layer_names import layer_name
from pages.words.numbers import number, times, whole_percent
from pages.words.prose import prose

TEXT = prose("layers")

SHRUNK = 10.0
"""From which factor on a signal is said to have shrunk or grown with depth: what training does by itself is less."""

EVEN = 5.0
"""Below which factor between the layers with the largest and the smallest values they are said to keep their size."""

VANISHED = 1000.0

DEAD = 0.1
"""From which share on dead channels are the thing to see."""

SAME = 0.9
"""From which mean centred cosine on images are said to look alike inside: independent values would give 0."""


def places(placement: str) -> dict[Point, str]:
    """Where a layer can be looked at, in the order in which the values get there."""
    return TEXT.table(f"places.{placement}")  # type: ignore[return-value]


def channel_name(layer: int, channel: int, architecture: Architecture) -> str:
    """One of the three probed channels, 0 to 2, counted from 1 as a person does."""
    key = "layer.unit" if architecture.is_dense(layer) else "layer.channel"
    return TEXT(key, number=architecture.probed_channels(layer)[channel] + 1)


def most_telling(probes: Sequence[LayersProbed | None]) -> int:
    """Which of a run's probes, counted from 0, to begin with where nobody asked for one.

    The last; but the first where the signal vanishes with depth before training and does no more at the end: then
    biases have brought the size of the values back, and the last snapshot hides what ails the network.
    """
    last = max(0, len(probes) - 1)
    known = [None if probe is None else by_layer(probe, "linear", "rms") for probe in probes]
    if not known or known[0] is None or known[-1] is None:
        return last
    return 0 if _vanishes(_convolved(known[0])) and not _vanishes(_convolved(known[-1])) else last


def what_to_see(probe: LayersProbed, first: LayersProbed, config: TrainingConfig, point: Point) -> str:
    """The thing to see in all layers at this step: how the signal fares with depth, and which channels are dead.

    "The signal" is the rms at this point, from the first convolution to the last.

    Args:
        first: the run's first probe: what the signal was like before training changed it.
    """
    here = TEXT(f"says.here.{_when(probe.step)}", step=probe.step)
    rms = by_layer(probe, point, "rms")
    if rms is None:
        return TEXT("says.no_place", here=here)
    if not np.isfinite(rms).all():
        broken = int(np.flatnonzero(~np.isfinite(rms))[0]) + 1
        return TEXT("says.not_finite", here=here, layer=layer_name(broken, len(rms)))
    dead = probe.dead_channels
    worst = int(np.argmax(dead))
    most = whole_percent(float(dead[worst]))
    parts = []
    if dead[worst] >= DEAD:
        units = "units" if worst + 1 == len(rms) else "channels"
        parts.append(TEXT("says.dead", layer=layer_name(worst + 1, len(rms)), share=most, units=units))
    where = places(config.placement)[point]
    alike = _alike_from(probe)
    convolved = _convolved(rms)
    vanishes = _vanishes(convolved)
    if alike is None:
        fates = [_fate(convolved, where)]
    elif vanishes:
        fates = [_fate(convolved, where), TEXT("says.alike", layers=len(convolved), cosine=_cosine(probe))]
    else:
        fates = [_same_of_every_image(probe, alike, float(convolved[-1]))]
    # A signal that vanishes, or says the same of every image, comes first: beside that, dead channels matter little.
    parts = fates + parts if alike or vanishes else parts + fates
    if dead[worst] < DEAD:
        parts.append(TEXT("says.none_dead") if dead[worst] == 0 else TEXT("says.few_dead", share=most))
    said = f"{here}: {'; '.join(parts)}."
    return " ".join(filter(None, [said, _before(first, probe, point, config, alike=alike is not None)]))


def _before(first: LayersProbed, probe: LayersProbed, point: Point, config: TrainingConfig, *, alike: bool) -> str:
    """Where the signal vanished before training and does no more: that it did; else an empty text."""
    then, now = by_layer(first, point, "rms"), by_layer(probe, point, "rms")
    if first.step or then is None or now is None or not _vanishes(_convolved(then)) or _vanishes(_convolved(now)):
        return ""
    said = TEXT("says.vanished_before", ends=_ends(_convolved(then)))
    return f"{said} {TEXT('says.biases')}" if alike and config.bias and not config.normalized else said


def _convolved(values: np.ndarray) -> np.ndarray:
    """Of one value a layer those of the convolutions: all but the last, which is the dense layer's."""
    return values[:-1]


def _vanishes(rms: np.ndarray) -> bool:
    return bool(rms[0] >= VANISHED * rms[-1])


def _ends(rms: np.ndarray) -> str:
    return TEXT("says.ends", first=number(float(rms[0])), last=number(float(rms[-1])), layers=len(rms))


def _fate(rms: np.ndarray, where: str) -> str:
    first, last = float(rms[0]), float(rms[-1])
    if last == 0:
        alive = np.flatnonzero(rms)
        return TEXT("says.gone", layer=int(alive[-1]) + 2 if len(alive) else 1, where=where)
    if _vanishes(rms):
        return TEXT("says.vanishes", times=times(first / last), ends=_ends(rms))
    if first >= SHRUNK * last:
        return TEXT("says.shrunk", times=times(first / last), ends=_ends(rms))
    if last >= SHRUNK * first > 0:
        return TEXT("says.grown", times=times(last / first), ends=_ends(rms))
    low, high = int(np.argmin(rms)), int(np.argmax(rms))
    lowest, highest = float(rms[low]), float(rms[high])
    return TEXT(
        "says.keeps" if highest < EVEN * lowest else "says.varies",
        times=times(highest / lowest) if lowest else "",
        low=number(lowest),
        low_layer=low + 1,
        high=number(highest),
        high_layer=high + 1,
        where=where,
    )


def _alike_from(probe: LayersProbed) -> int | None:
    """From which layer on, to the last convolution, all images look alike after ReLU; None where they do not.

    A common size and sign of all values is no likeness, so it is the centred cosine that counts.
    """
    alike = _convolved(probe.correlation[probe.points.index("relu")]) >= SAME
    different = np.flatnonzero(~alike)
    first = int(different[-1]) + 2 if len(different) else 1
    return first if first <= len(alike) else None


def _same_of_every_image(probe: LayersProbed, layer: int, rms: float) -> str:
    convolutions = probe.layers - 1
    key = "says.same_in" if layer == convolutions else "says.same_from"
    return TEXT(key, layer=layer, cosine=_cosine(probe), layers=convolutions, rms=number(rms))


def _cosine(probe: LayersProbed) -> str:
    return TEXT("says.cosine", cosine=_convolved(probe.cosine[probe.points.index("relu")])[-1])


def _when(step: int) -> str:
    return {0: "before", 1: "one"}.get(step, "after")


def provenance(run: RunRecord, steps: Sequence[int]) -> str:
    """Where the pictures come from, as plain text."""
    words = run_in_full(run)
    if steps:
        key = "provenance.one_snapshot" if len(steps) == 1 else "provenance.snapshots"
        words.append(TEXT(key, count=len(steps), first=steps[0], last=steps[-1]))
    return " · ".join([*words, TEXT("provenance.probe", images=PROBE_IMAGES)])
